// SPDX-License-Identifier: MIT
// Places of elements in the tree, and the levels that all reductions share.
#include "generators/algorithm/gpu_tree.h"

#include "generators/algorithm/quotient.h"
#include "generators/algorithm/reduction_tree.h"

namespace normforge {

using namespace Halide;

namespace {

Tuple zeros_like(const Tuple &values) {
    std::vector<Expr> zeros;
    for (const Expr &value : values.as_vector()) zeros.push_back(Internal::make_zero(value.type()));
    return Tuple(zeros);
}

/// Float64 values as halves: Halide 19 shuffles no wider ones between the lanes of a warp.
Tuple halves_of(const Tuple &values) {
    std::vector<Expr> halves;
    for (const Expr &value : values.as_vector()) {
        const Expr bits = reinterpret<uint64_t>(value);
        halves.push_back(cast<uint32_t>(bits));
        halves.push_back(cast<uint32_t>(bits >> 32));
    }
    return Tuple(halves);
}

/// The values of a Func at a place, which may hold halves.
Tuple values_at(const Func &f, const std::vector<Expr> &where) {
    const Tuple stored = f(where);
    if (stored[0].type() != UInt(32)) return stored;
    std::vector<Expr> values;
    for (size_t i = 0; i < stored.size(); i += 2)
        values.push_back(reinterpret<double>(cast<uint64_t>(stored[i]) | (cast<uint64_t>(stored[i + 1]) << 32)));
    return Tuple(values);
}

/// Folds `widest`, values for each of `lanes` lanes, in halves until one is left. `where` follows the lane in index lists.
std::vector<Func> fold(const Func &widest, const Var &lane, int lanes, const std::vector<Expr> &where,
                       const GpuMerge &merge) {
    std::vector<Func> folds;
    Func wider = widest;
    for (int half = lanes / 2; half >= 1; half /= 2) {
        Func narrow(widest.name() + "_fold" + std::to_string(half));
        std::vector<Expr> here = {lane}, there = {lane + half};
        here.insert(here.end(), where.begin(), where.end());
        there.insert(there.end(), where.begin(), where.end());
        const Tuple merged = merge.values(values_at(wider, here), values_at(wider, there));
        narrow(here) = half < kPartLanes ? halves_of(merged) : merged;
        folds.push_back(narrow);
        wider = narrow;
    }
    return folds;
}

} // namespace

GpuPlaces::GpuPlaces(const Canonical &canonical, const Expr &number_of_parts)
    : parts(number_of_parts.defined() ? number_of_parts : Expr(1)),
      is_whole(!number_of_parts.defined()),
      k_(canonical),
      vector_(canonical.form == Form::Last ? 1 : canonical.gpu->vector) {
    elements_ = k_.form == Form::Last ? k_.rows : k_.plane * k_.images;
    const Expr of_block = vector_ * k_.gpu->loads * k_.gpu->lanes;
    tiles = ceil_div(ceil_div(elements_, of_block), parts);
}

Expr GpuPlaces::number(const Expr &load, const Expr &lane, const Expr &tile, const Expr &part) const {
    return (((part * tiles + tile) * k_.gpu->loads + load) * k_.gpu->lanes + lane) * vector_;
}

Expr GpuPlaces::inside(const Expr &load, const Expr &lane, const Expr &tile, const Expr &part) const {
    return number(load, lane, tile, part) < elements_;
}

Expr GpuPlaces::count(const Expr &part) const {
    const Expr of_part = tiles * (vector_ * k_.gpu->loads * k_.gpu->lanes);
    return clamp(elements_ - part * of_part, 0, of_part);
}

Expr GpuPlaces::before(const Expr &lane, const Expr &tile, const Expr &part) const {
    const int lanes = k_.gpu->lanes, loads = k_.gpu->loads; // a lane's vectors are so many vectors apart
    const Expr left = (elements_ - number(0, lane, 0, part) + lanes * vector_ - 1) / (lanes * vector_);
    return clamp(left, 0, tile * loads) * vector_;
}

std::vector<Expr> GpuPlaces::operator()(const Expr &v, const Expr &load, const Expr &lane, const Expr &tile,
                                        const Expr &part) const {
    const Expr first = min(number(load, lane, tile, part), elements_ - vector_);
    if (k_.form == Form::Last) {
        const int vector = k_.gpu->vector;
        const Expr channel = min(k_.c / vector * vector, k_.contiguous / vector * vector - vector) + k_.c % vector;
        return {unsafe_promise_clamped(channel, 0, k_.contiguous - 1), unsafe_promise_clamped(first, 0, k_.rows - 1)};
    }
    const Expr image = quotient(first, k_.plane), within = first - image * k_.plane;
    const Expr in_range = unsafe_promise_clamped(image, 0, k_.images - 1);
    if (k_.form == Form::SmallPlanes) return {k_.position(k_.b, within), 0, in_range};
    const Expr aligned = unsafe_promise_clamped(within / vector_ * vector_, 0, k_.plane - vector_);
    return {aligned + v, k_.c, in_range};
}

Func merge_levels(const Canonical &k, const GpuPlaces &places, const Func &tile_result, const GpuMerge &merge,
                  GpuReduction &r, Func &partial) {
    const Var channel = k.channel[0];
    r.tiles = RDom(0, places.tiles, "tiles");
    r.lanes = Func("lanes");
    const Tuple tile = tile_result(r.lane, r.tiles, r.part, channel);
    r.lanes(r.lane, r.part, channel) = zeros_like(merge.tile(tile, tile, r.tiles)); // of these types
    r.lanes(r.lane, r.part, channel) = merge.tile(Tuple(r.lanes(r.lane, r.part, channel)), tile, r.tiles);
    r.block = Func("block");
    r.block(r.lane, r.part, channel) = Tuple(r.lanes(r.lane, r.part, channel));
    r.folds = fold(r.block, r.lane, k.gpu->lanes, {r.part, channel}, merge);
    if (places.is_whole) {
        Func whole("channel");
        whole(k.channel) = values_at(r.folds.back(), {0, 0, channel});
        return whole;
    }
    const Tuple all_lanes = values_at(r.folds.back(), {0, r.part, channel});
    partial = Func("partial");
    partial(channel, r.part) = Tuple(all_lanes[0], all_lanes[1]);

    r.lane_parts = RDom(0, kPartsAtOnce, 0, ceil_div(places.parts, kPartLanes * kPartsAtOnce), "parts");
    const Expr part = (r.lane_parts.y * kPartsAtOnce + r.lane_parts.x) * kPartLanes + r.lane,
               in_range = min(part, places.parts - 1);
    // Blocks take several channels, and may end past the last.
    const Expr existing = unsafe_promise_clamped(min(channel, k.all_channels - 1), 0, k.all_channels - 1);
    const Tuple values =
        merge.part(Tuple(partial(existing, unsafe_promise_clamped(in_range, 0, places.parts - 1))), in_range);
    r.part_lanes = Func("part_lanes");
    r.part_lanes(r.lane, channel) = zeros_like(values);
    std::vector<Expr> given;
    for (const Expr &value : values.as_vector())
        given.push_back(select(part < places.parts, value, Internal::make_zero(value.type())));
    r.part_lanes(r.lane, channel) = merge.values(Tuple(r.part_lanes(r.lane, channel)), Tuple(given));
    r.part_block = Func("part_block");
    r.part_block(r.lane, channel) = halves_of(Tuple(r.part_lanes(r.lane, channel)));
    r.part_folds = fold(r.part_block, r.lane, kPartLanes, {channel}, merge);
    Func whole("channel");
    whole(k.channel) = values_at(r.part_folds.back(), {0, channel});
    return whole;
}

} // namespace normforge
