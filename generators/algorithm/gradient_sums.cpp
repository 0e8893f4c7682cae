// SPDX-License-Identifier: MIT
// One definition per form, with the tiles and the order of statistics.cpp.
#include "generators/algorithm/gradient_sums.h"

namespace normforge {

using namespace Halide;

namespace {

Tuple nothing() {
    return {cast<double>(0), cast<double>(0)};
}

Tuple add(const Tuple &sums, const Expr &dz, const Expr &dz_centred) {
    return {sums[kSumDz] + cast<double>(dz), sums[kSumDzX] + cast<double>(dz_centred)};
}

Reduction inner_sums(const Canonical &k, const GradientTerms &terms) {
    Reduction r;
    Var t("tile");
    std::vector<Var> where = {t, k.c, k.n};
    Expr length = min(kTileElements, k.plane - t * kTileElements);
    auto sum = [&](const std::string &name, const Func &term) {
        return lane_sum(name, where, kTileElements, length,
                        [&](const Expr &i) { return term(t * kTileElements + i, k.c, k.n); });
    };
    LaneSum dz = sum("dz", terms.dz), dz_centred = sum("dz_centred", terms.dz_centred);

    r.tiles = RDom(0, ceil_div(k.plane, kTileElements), 0, k.images, "tiles");
    std::vector<Expr> at = {r.tiles.x, k.c, k.images - 1 - r.tiles.y};
    r.channel = Func("sums");
    r.channel(k.c) = nothing();
    r.channel(k.c) = add(r.channel(k.c), dz(at), dz_centred(at));
    r.lane_sums = {dz, dz_centred};
    return r;
}

Reduction small_planes_sums(const Canonical &k, const GradientTerms &terms) {
    Reduction r;
    Var t("tile");
    Expr tiles = ceil_div(k.images, kTileImages);
    RDom i(0, kTileImages, "images");
    i.where(t * kTileImages + i < k.images);
    std::vector<Var> where = {k.b, t, k.g};
    auto sum = [&](const std::string &name, const Func &term) {
        Func position("position_" + name);
        position(k.j, t, k.g) = 0.f;
        position(k.j, t, k.g) += term(k.j, k.g, t * kTileImages + i);
        r.position_sums.push_back(position);
        return lane_sum(name, where, kSmallPlane, k.plane,
                        [&](const Expr &p) { return position(k.position(k.b, p), t, k.g); });
    };
    LaneSum dz = sum("dz", terms.dz), dz_centred = sum("dz_centred", terms.dz_centred);

    r.tiles = RDom(0, tiles, "tiles");
    std::vector<Expr> at = {k.b, tiles - 1 - r.tiles, k.g};
    r.channel = Func("sums");
    r.channel(k.b, k.g) = nothing();
    r.channel(k.b, k.g) = add(r.channel(k.b, k.g), dz(at), dz_centred(at));
    r.lane_sums = {dz, dz_centred};
    return r;
}

Reduction last_sums(const Canonical &k, const GradientTerms &terms, const Expr &chunks) {
    Reduction r;
    Var t("tile"), chunk("chunk");
    Expr tiles = ceil_div(k.rows, kTileRows), tiles_of_chunk = ceil_div(tiles, chunks);
    RDom e(0, kTileRows, "tile_rows");
    e.where(t * kTileRows + e < k.rows);
    auto sum = [&](const std::string &name, const Func &term) {
        Func rows("row_" + name);
        rows(k.c, t) = 0.f;
        rows(k.c, t) += term(k.channel_in_range, t * kTileRows + e);
        r.row_sums.push_back(rows);
        return rows;
    };
    Func dz = sum("dz", terms.dz), dz_centred = sum("dz_centred", terms.dz_centred);

    r.tiles = RDom(0, tiles_of_chunk, "tiles");
    Expr from_end = chunk * tiles_of_chunk + r.tiles;
    r.tiles.where(from_end < tiles);
    Expr tile = unsafe_promise_clamped(tiles - 1 - from_end, 0, tiles - 1);
    r.partial = Func("partial");
    r.partial(k.c, chunk) = nothing();
    r.partial(k.c, chunk) = add(r.partial(k.c, chunk), dz(k.c, tile), dz_centred(k.c, tile));

    r.chunks = RDom(0, chunks, "chunks");
    r.channel = Func("sums");
    r.channel(k.c) = nothing();
    r.channel(k.c) = add(r.channel(k.c), r.partial(k.c, r.chunks)[kSumDz], r.partial(k.c, r.chunks)[kSumDzX]);
    return r;
}

} // namespace

Reduction gradient_sums(const Canonical &canonical, const GradientTerms &terms, const Expr &chunks) {
    switch (canonical.form) {
    case Form::Inner: return inner_sums(canonical, terms);
    case Form::SmallPlanes: return small_planes_sums(canonical, terms);
    case Form::Last: return last_sums(canonical, terms, chunks);
    }
    return {};
}

} // namespace normforge
