// SPDX-License-Identifier: MIT
// One definition per form, with the tiles and the order of statistics.cpp.
#include "generators/algorithm/gradient_sums.h"

#include "generators/algorithm/row_chunks.h"

namespace normforge {

using namespace Halide;

namespace {

Tuple nothing() {
    return {cast<double>(0), cast<double>(0)};
}

/// The sums of a channel with those of one more tile.
Tuple add(const Tuple &sums, const Expr &dz, const Expr &dz_centred) {
    return {sums[kSumDz] + cast<double>(dz), sums[kSumDzX] + cast<double>(dz_centred)};
}

Reduction inner_sums(const Canonical &k, const Func &terms) {
    Reduction r;
    Var t("tile");
    Expr length = min(kTileElements, k.plane - t * kTileElements);
    LaneSum sums = lane_sum("gradient", {t, k.c, k.n}, kTileElements, length, [&](const Expr &i) {
        Tuple term = terms(t * kTileElements + i, k.c, k.n);
        return term.as_vector();
    });

    r.tiles = RDom(0, ceil_div(k.plane, kTileElements), 0, k.images, "tiles");
    std::vector<Expr> at = {r.tiles.x, k.c, k.images - 1 - r.tiles.y};
    r.channel = Func("sums");
    r.channel(k.c) = nothing();
    r.channel(k.c) = add(r.channel(k.c), sums(at, kSumDz), sums(at, kSumDzX));
    r.lane_sums = {sums};
    return r;
}

Reduction small_planes_sums(const Canonical &k, const Func &terms) {
    Reduction r;
    Var t("tile");
    Expr tiles = ceil_div(k.images, kTileImages);
    RDom i(0, kTileImages, "images");
    i.where(t * kTileImages + i < k.images);
    Func positions("position_gradient");
    Tuple term = terms(k.j, k.g, t * kTileImages + i);
    set_to_zero(positions, {k.j, t, k.g}, term.as_vector());
    add_to(positions, {k.j, t, k.g}, term.as_vector());
    LaneSum sums = lane_sum("gradient", {k.b, t, k.g}, kSmallPlane, k.plane, [&](const Expr &p) {
        Tuple at_position = positions(k.position(k.b, p), t, k.g);
        return at_position.as_vector();
    });

    r.tiles = RDom(0, tiles, "tiles");
    std::vector<Expr> at = {k.b, tiles - 1 - r.tiles, k.g};
    r.channel = Func("sums");
    r.channel(k.b, k.g) = nothing();
    r.channel(k.b, k.g) = add(r.channel(k.b, k.g), sums(at, kSumDz), sums(at, kSumDzX));
    r.position_sums = {positions};
    r.lane_sums = {sums};
    return r;
}

Reduction last_sums(const Canonical &k, const Func &terms, const Expr &chunks) {
    Reduction r;
    Var t("tile"), chunk("chunk");
    RowChunks of_rows(k.rows, chunks);
    RDom e(0, kTileRows, "tile_rows");
    e.where(t * kTileRows + e < k.rows);
    Func rows("row_gradient");
    Tuple term = terms(k.channel_in_range, t * kTileRows + e);
    set_to_zero(rows, {k.c, t}, term.as_vector());
    add_to(rows, {k.c, t}, term.as_vector());

    r.tiles = of_rows.domain(chunk);
    Expr tile = of_rows.tile(chunk, r.tiles);
    r.partial = Func("partial");
    r.partial(k.c, chunk) = nothing();
    r.partial(k.c, chunk) = add(r.partial(k.c, chunk), rows(k.c, tile)[kSumDz], rows(k.c, tile)[kSumDzX]);

    r.chunks = RDom(0, chunks, "chunks");
    r.channel = Func("sums");
    r.channel(k.c) = nothing();
    r.channel(k.c) = add(r.channel(k.c), r.partial(k.c, r.chunks)[kSumDz], r.partial(k.c, r.chunks)[kSumDzX]);
    r.row_sums = {rows};
    return r;
}

/// On a GPU: sums over a thread's tile, in float64 from there.
Reduction gpu_sums(const Canonical &k, const Func &terms, const Expr &parts) {
    Reduction r;
    GpuReduction g;
    const GpuPlaces places(k, parts);
    const Var channel = k.channel[0];
    const std::vector<Expr> tile = {g.lane, g.tile, g.part, channel};
    std::vector<Expr> summed = places(g.v, g.load, g.lane, g.tile, g.part);
    if (summed.size() < k.summed.size()) summed.push_back(channel);
    const Tuple term = terms(summed);
    g.element = Func("element");
    g.element(g.v, g.load, g.lane, g.tile, g.part, channel) = term;
    g.elements = RDom(0, places.vector(), 0, k.gpu->loads, "elements");
    const RVar v = g.elements.x, load = g.elements.y;
    const Expr inside = places.inside(load, g.lane, g.tile, g.part);

    Func sums("tile_sums"), result("tile_result");
    std::vector<Expr> added;
    const Tuple loaded = g.element(v, load, g.lane, g.tile, g.part, channel);
    for (const Expr &value : loaded.as_vector()) added.push_back(select(inside, value, Internal::make_zero(value.type())));
    set_to_zero(sums, tile, added);
    add_to(sums, tile, added);
    result(tile) = Tuple(cast<double>(sums(tile)[kSumDz]), cast<double>(sums(tile)[kSumDzX]));
    g.tile_values = {sums};

    GpuMerge merge;
    merge.values = [](const Tuple &a, const Tuple &b) { return Tuple(a[kSumDz] + b[kSumDz], a[kSumDzX] + b[kSumDzX]); };
    merge.tile = [&](const Tuple &lane_sums, const Tuple &tile_sums, const Expr &) {
        return merge.values(lane_sums, tile_sums);
    };
    merge.part = [](const Tuple &partial, const Expr &) { return partial; };
    r.channel = merge_levels(k, places, result, merge, g, r.partial);
    r.gpu = g;
    return r;
}

} // namespace

Reduction gradient_sums(const Canonical &canonical, const Func &terms, const Expr &chunks) {
    if (canonical.gpu) return gpu_sums(canonical, terms, chunks);
    switch (canonical.form) {
    case Form::Inner: return inner_sums(canonical, terms);
    case Form::SmallPlanes: return small_planes_sums(canonical, terms);
    case Form::Last: return last_sums(canonical, terms, chunks);
    }
    return {};
}

} // namespace normforge
