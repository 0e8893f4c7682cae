// SPDX-License-Identifier: MIT
// One definition per form; each ends in the same merge. Sweeps run from the last image or chunk of rows to the first, so
// that the sweep that writes y, which runs forwards, starts with what was read last and is still in cache.
#include "generators/algorithm/statistics.h"

#include "generators/algorithm/row_chunks.h"

namespace normforge {

using namespace Halide;

Tuple merge_moments(const Tuple &a, const Expr &have, const Moments &b) {
    Expr total = have + b.count;
    Expr delta = b.mean - a[kMean];
    // In this order the first merge, have = 0, squares nothing: the mean of f64 data may be near 1e308.
    Expr m2 = a[kM2] + b.m2 + delta * (delta * (have * b.count / total));
    Expr mean = a[kMean] + delta * (b.count / total);
    return {m2, mean};
}

namespace {

Tuple nothing() {
    return {cast<double>(0), cast<double>(0)};
}

Expr square(const Expr &value) {
    return value * value;
}

/// Tiles: kTileElements of one plane.
Reduction inner_statistics(const Canonical &k, const Tensor &x) {
    Reduction r;
    Var t("tile");
    std::vector<Var> where = {t, k.c, k.n};
    Expr length = min(kTileElements, k.plane - t * kTileElements);

    Func first("tile_first"), mean("tile_mean");
    first(where) = x(t * kTileElements, k.c, k.n);
    auto shifted = [&](const Expr &i) { return x(t * kTileElements + i, k.c, k.n) - first(where); };
    LaneSum sum =
        lane_sum("sum", where, kTileElements, length, [&](const Expr &i) { return std::vector<Expr>{shifted(i)}; });
    mean(where) = cast<double>(sum({t, k.c, k.n})) / cast<double>(length);
    LaneSum m2 = lane_sum("m2", where, kTileElements, length, [&](const Expr &i) {
        return std::vector<Expr>{square(shifted(i) - cast(k.type.element, mean(where)))};
    });

    r.tiles = RDom(0, ceil_div(k.plane, kTileElements), 0, k.images, "tiles");
    Expr image = k.images - 1 - r.tiles.y;
    std::vector<Expr> at = {r.tiles.x, k.c, image};
    Moments tile = {cast<double>(min(kTileElements, k.plane - r.tiles.x * kTileElements)),
                    cast<double>(first(at)) + mean(at), cast<double>(m2(at))};
    Expr have = cast<double>(r.tiles.y) * cast<double>(k.plane) + cast<double>(r.tiles.x * kTileElements);
    r.channel = Func("moments");
    r.channel(k.c) = nothing();
    r.channel(k.c) = merge_moments(r.channel(k.c), have, tile);

    r.lane_sums = {sum, m2};
    r.tile_values = {first, mean};
    return r;
}

/// Tiles: kTileImages planes of one channel. Positions first, each shifted by its own first element, then over the plane:
/// with q_p = (x0_p - x0) + mean of d at position p, mean = x0 + mean(q) and M2 = sum(M2_p) + images * sum((q - mean(q))^2).
Reduction small_planes_statistics(const Canonical &k, const Tensor &x) {
    Reduction r;
    Var t("tile");
    Expr tiles = ceil_div(k.images, kTileImages);
    auto first_image = [&](const Expr &tile) { return tile * kTileImages; };
    auto images_of = [&](const Expr &tile) { return min(kTileImages, k.images - first_image(tile)); };

    RDom i(0, kTileImages, "images");
    i.where(i < images_of(t));
    Func position_sum("position_sum"), position_m2("position_m2"), position_mean("position_mean");
    Expr shifted = x(k.j, k.g, first_image(t) + i) - x(k.j, k.g, first_image(t));
    position_sum(k.j, t, k.g) = cast(k.type.element, 0);
    position_sum(k.j, t, k.g) += shifted;
    position_mean(k.j, t, k.g) = position_sum(k.j, t, k.g) / cast(k.type.element, images_of(t));
    position_m2(k.j, t, k.g) = cast(k.type.element, 0);
    position_m2(k.j, t, k.g) += square(shifted - position_mean(k.j, t, k.g));

    std::vector<Var> where = {k.b, t, k.g};
    Func first("tile_first"), mean("tile_mean");
    first(where) = x(k.b * k.plane, k.g, first_image(t));
    auto offset = [&](const Expr &p) {
        Expr position = k.position(k.b, p);
        return x(position, k.g, first_image(t)) - first(where) + position_mean(position, t, k.g);
    };
    LaneSum sum = lane_sum("sum", where, kSmallPlane, k.plane, [&](const Expr &p) { return std::vector<Expr>{offset(p)}; });
    mean(where) = cast<double>(sum({k.b, t, k.g})) / cast<double>(k.plane);
    LaneSum m2 = lane_sum("m2", where, kSmallPlane, k.plane, [&](const Expr &p) {
        Expr between = cast(k.type.element, images_of(t)) * square(offset(p) - cast(k.type.element, mean(where)));
        return std::vector<Expr>{position_m2(k.position(k.b, p), t, k.g) + between};
    });

    r.tiles = RDom(0, tiles, "tiles");
    Expr tile = tiles - 1 - r.tiles;
    std::vector<Expr> at = {k.b, tile, k.g};
    Expr plane = cast<double>(k.plane);
    Moments part = {cast<double>(images_of(tile)) * plane, cast<double>(first(at)) + mean(at), cast<double>(m2(at))};
    Expr have = cast<double>(k.images - min(k.images, first_image(tile + 1))) * plane;
    r.channel = Func("moments");
    r.channel(k.b, k.g) = nothing();
    r.channel(k.b, k.g) = merge_moments(r.channel(k.b, k.g), have, part);

    r.lane_sums = {sum, m2};
    r.position_sums = {position_sum, position_m2};
    r.tile_values = {position_mean, first, mean};
    return r;
}

/// Tiles: kTileRows rows of one channel; chunks of equally many tiles are merged first, so that chunks can run in parallel.
Reduction last_statistics(const Canonical &k, const Tensor &x, const Expr &chunks) {
    Reduction r;
    Var t("tile"), chunk("chunk");
    RowChunks of_rows(k.rows, chunks);
    auto first_row = [&](const Expr &tile) { return clamp(tile, 0, of_rows.tiles) * kTileRows; };
    auto end_row = [&](const Expr &tile) { return min(k.rows, first_row(tile + 1)); };

    RDom e(0, kTileRows, "tile_rows");
    const Expr rows_of_tile = max(end_row(t) - t * kTileRows, 1); // so that sums begin in registers
    e.where(e < rows_of_tile);
    Var row("tile_row");
    // Rows of 16-bit types take converting, which pays to do once: with bf16 in cache stats takes 0.81 times as long; f32,
    // as quick to read again, 1.11 times.
    Func deviation("deviation"), sum("row_sum"), m2("row_m2"), mean("tile_mean");
    Expr c = k.channel_in_range, at = t * kTileRows + row;
    const bool kept = k.stored.bytes() < k.type.element.bytes();
    if (kept) at = min(at, k.rows - 1); // all rows of the last tile are kept, also those that the tensor has not
    deviation(k.c, row, t) = x(c, at) - x(c, t * kTileRows);
    Expr shifted = deviation(k.c, e, t);
    sum(k.c, t) = cast(k.type.element, 0);
    sum(k.c, t) += shifted;
    // The second sum waits for the mean. Of a whole tile, a power of two of rows, the product is the same number, and so
    // quick that stats takes 0.89 (bf16) and 0.92 times as long in cache.
    RDom fewer(1, kTileRows - 1, "fewer_rows");
    fewer.where(fewer == rows_of_tile);
    mean(k.c, t) = sum(k.c, t) * cast(k.type.element, Expr(1.0 / kTileRows));
    mean(k.c, t) = sum(k.c, t) / cast(k.type.element, fewer);
    m2(k.c, t) = cast(k.type.element, 0);
    m2(k.c, t) += square(shifted - mean(k.c, t));

    r.tiles = of_rows.domain(chunk);
    Expr tile = of_rows.tile(chunk, r.tiles);
    Expr have_in_chunk = cast<double>(first_row(tile) - first_row(of_rows.first_tile(chunk)));
    Moments part = {cast<double>(end_row(tile) - first_row(tile)),
                    cast<double>(x(c, tile * kTileRows)) + cast<double>(mean(k.c, tile)), cast<double>(m2(k.c, tile))};
    r.partial = Func("partial");
    r.partial(k.c, chunk) = nothing();
    r.partial(k.c, chunk) = merge_moments(r.partial(k.c, chunk), have_in_chunk, part);

    r.chunks = RDom(0, chunks, "chunks");
    auto rows_before = [&](const Expr &n) {
        return k.rows - min(k.rows, first_row(of_rows.tiles - n * of_rows.tiles_of_chunk));
    };
    Expr have = rows_before(r.chunks), count = cast<double>(rows_before(r.chunks + 1) - have);
    Moments whole = {count, r.partial(k.c, r.chunks)[kMean], r.partial(k.c, r.chunks)[kM2]};
    r.channel = Func("moments");
    r.channel(k.c) = nothing();
    r.channel(k.c) = merge_moments(r.channel(k.c), cast<double>(have), whole);

    if (kept) r.row_values = {deviation};
    r.row_sums = {sum, mean, m2};
    return r;
}

/// On a GPU: the mean and M2 of a thread's tile. The count is a third value from the lanes up to the parts; that of a tile
/// follows from its place, so that the channels of a thread (last) share its divisions.
Reduction gpu_statistics(const Canonical &k, const Tensor &x, const Expr &parts) {
    Reduction r;
    GpuReduction g;
    const GpuPlaces places(k, parts);
    const Var channel = k.channel[0];
    const std::vector<Expr> tile = {g.lane, g.tile, g.part, channel};
    const auto element = [&](const Expr &v, const Expr &load) {
        return g.element(v, load, g.lane, g.tile, g.part, channel);
    };
    g.element = Func("element");
    g.element(g.v, g.load, g.lane, g.tile, g.part, channel) = x(places(g.v, g.load, g.lane, g.tile, g.part));
    g.elements = RDom(0, places.vector(), 0, k.gpu->loads, "elements");
    const RVar v = g.elements.x, load = g.elements.y;
    const Expr inside = places.inside(load, g.lane, g.tile, g.part), nought = Internal::make_zero(k.type.element);

    Func sum("tile_sum"), mean("tile_mean"), m2("tile_m2"), result("tile_result");
    const Expr shifted = element(v, load) - element(0, 0);
    sum(tile) = nought;
    sum(tile) += select(inside, shifted, nought);
    const Expr count = places.before(g.lane, g.tile + 1, g.part) - places.before(g.lane, g.tile, g.part);
    const Expr divisor = cast(k.type.element, max(count, 1));
    // The reciprocal of 3 rows, which only a lane's last tile may have, is half a rounding off; those of 1, 2 and 4 are
    // exact.
    mean(tile) = k.form == Form::Last ? sum(tile) * (1 / divisor) : sum(tile) / divisor;
    m2(tile) = nought;
    m2(tile) += select(inside, square(shifted - mean(tile)), nought);
    result(tile) = Tuple(cast<double>(m2(tile)), cast<double>(element(0, 0)) + cast<double>(mean(tile)));
    g.tile_values = {sum, mean, m2};

    constexpr int kCount = 2; // behind M2 and mean, whose merge reads it
    // `share` of the elements are b's
    const auto merged = [](const Tuple &a, const Tuple &b, const Expr &count_of_a, const Expr &share, const Expr &total) {
        const Expr delta = b[kMean] - a[kMean];
        return Tuple(a[kM2] + b[kM2] + delta * (delta * (count_of_a * share)), a[kMean] + delta * share, total);
    };
    GpuMerge merge;
    merge.values = [&](const Tuple &a, const Tuple &b) {
        const Expr total = a[kCount] + b[kCount];
        return merged(a, b, a[kCount], select(total == 0, cast<double>(0), b[kCount] / total), total);
    };
    merge.tile = [&](const Tuple &lane_value, const Tuple &tile_value, const Expr &number) {
        const Expr before = places.before(g.lane, number, g.part), total = places.before(g.lane, number + 1, g.part);
        const Expr share = cast<double>(total - before) / cast<double>(max(total, 1));
        return merged(lane_value, tile_value, cast<double>(before), share, cast<double>(total));
    };
    merge.part = [&](const Tuple &partial, const Expr &part) {
        return Tuple(partial[kM2], partial[kMean], cast<double>(places.count(part)));
    };
    r.channel = merge_levels(k, places, result, merge, g, r.partial);
    r.gpu = g;
    return r;
}

} // namespace

Reduction statistics(const Canonical &canonical, const Tensor &x, const Expr &chunks) {
    if (canonical.gpu) return gpu_statistics(canonical, x, chunks);
    switch (canonical.form) {
    case Form::Inner: return inner_statistics(canonical, x);
    case Form::SmallPlanes: return small_planes_statistics(canonical, x);
    case Form::Last: return last_statistics(canonical, x, chunks);
    }
    return {};
}

Pipeline stats(const OpInputs &in, StatsOutputs &out) {
    Pipeline p(in.canonical());
    const Canonical &k = p.canonical;
    p.reduction = statistics(k, in.x, in.chunks);
    p.reduced = {in.x.image()};
    out.partial = p.reduction->partial;
    Tuple moments = p.reduction->channel(k.channel);
    out.triple = define_triple("triple", k.channel, {k.count, moments[kMean], moments[kM2]});
    p.saved = out.triple.outputs();
    return p;
}

} // namespace normforge
