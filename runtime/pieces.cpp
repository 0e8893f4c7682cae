// SPDX-License-Identifier: MIT
// The grid of boxes, see pieces.h.
#include "runtime/pieces.h"
#include "runtime/text.h"
#include <algorithm>
#include <cstdlib>

namespace normforge {
namespace {

constexpr int64_t kTripleParts = 3;

/// Most channels of a box in the last form: partial results are NF_MAX_CHUNKS rows of them, padded.
constexpr int64_t kMostChannels = kReach / NF_MAX_CHUNKS / 2;

/// Fewer channels are few, from so many elements on one is long (f32: 4 MB, more than a core's L2), and into so many parts
/// it is cut, runs of planes by whole tiles.
constexpr int64_t kFewChannels = 4, kLongChannel = 1 << 20, kPartsOfChannel = 16, kTileElements = 1024;

/// The longest step along an axis, over all tensors.
int64_t longest_stride(const std::vector<Tensor> &tensors, size_t axis) {
    int64_t longest = 0;
    for (const Tensor &tensor : tensors) longest = std::max(longest, std::abs(tensor.canonical.axes()[axis].stride));
    return longest;
}

/// Elements that boxes of `block` span in a tensor, less one.
int64_t reach(const Tensor &tensor, const std::array<int64_t, kGridAxes> &block) {
    int64_t reach = 0;
    for (size_t axis = 0; axis < kGridAxes; ++axis)
        reach += (block[axis] - 1) * std::abs(tensor.canonical.axes()[axis].stride);
    return reach;
}

/// A whole number from an environment variable; none if that is unset or empty.
Status read_variable(const char *name, int64_t least, int64_t most, std::optional<int64_t> &value) {
    const char *text = std::getenv(name);
    if (!text || !*text) return {};
    int64_t number = 0;
    const char *end = read_number(text, number);
    if (!end || *end || number < least || number > most)
        return {NF_INVALID_ARGUMENT, std::string(name) + " is \"" + text + "\", expected a whole number from " +
                                         std::to_string(least) + " to " + std::to_string(most)};
    value = number;
    return {};
}

} // namespace

Grid cut(const std::vector<Tensor> &tensors, nf_form form, int64_t limit) {
    Grid grid;
    std::array<size_t, kGridAxes - 1> order = {kS, kC, kN};
    for (size_t axis = 0; axis < kGridAxes; ++axis) grid.extents[axis] = tensors.front().canonical.axes()[axis].extent;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return longest_stride(tensors, a) < longest_stride(tensors, b); });
    for (const size_t axis : order) {
        int64_t most = std::min(grid.extents[axis], axis == kC && form == NF_FORM_LAST ? kMostChannels : kReach);
        if (axis == kS && form == NF_FORM_SMALL_PLANES) {
            grid.block[axis] = grid.extents[axis];
            continue;
        }
        for (const Tensor &tensor : tensors) {
            const int64_t left = limit - 1 - reach(tensor, grid.block);
            const int64_t stride = std::abs(tensor.canonical.axes()[axis].stride);
            if (stride > 0) most = std::min(most, 1 + std::max<int64_t>(0, left) / stride);
        }
        grid.block[axis] = most;
    }
    return grid;
}

Grid cut_channels(int64_t channels, int64_t limit) {
    Grid grid;
    grid.extents[kC] = channels;
    grid.block[kC] = std::min(channels, limit);
    return grid;
}

void limit_to_cache(Grid &grid, nf_form form, int64_t bytes, const MemoryFacts &memory, std::optional<int64_t> wanted) {
    // Half of the cache: the tensor that is written goes through it, too. Rows in steps of a block's channels; small planes,
    // which vectors cross, of 8: whole vectors of 16 bytes in all types, whatever a plane's size.
    const int64_t step = form == NF_FORM_LAST ? 64 : form == NF_FORM_SMALL_PLANES ? 8 : 1;
    const int64_t most = wanted.value_or(memory.cache_bytes / 2);
    const int64_t channel_bytes = bytes / std::max<int64_t>(1, grid.extents[kC]);
    if (grid.boxes() > 1 || bytes <= most || channel_bytes * step > most) return;
    const int64_t channels = std::min(grid.block[kC], most / channel_bytes / step * step);
    // Reckoned, not yet measured: half of a chunk's bytes are read again, from a cache with 2.5 times the memory's rate;
    // three more launches, each with a start, an end and a gap, take 9 us.
    constexpr double kLeastSeconds = 9e-6 / (0.5 * (1 - 1 / 2.5));
    if (wanted || static_cast<double>(channels * channel_bytes) >= kLeastSeconds * memory.bytes_per_second)
        grid.block[kC] = channels;
}

void split_few_channels(Grid &grid, nf_form form) {
    const int64_t images = grid.extents[kN], plane = grid.extents[kS];
    const bool few_and_long = grid.extents[kC] < kFewChannels && images * plane >= kLongChannel;
    if (form == NF_FORM_LAST || grid.boxes() > 1 || !few_and_long) return;
    grid.block[kN] = ceil_div(images, std::min(images, kPartsOfChannel));
    if (form == NF_FORM_INNER) {
        const int64_t runs = kPartsOfChannel / grid.count(kN);
        grid.block[kS] = std::min(plane, ceil_div(plane, runs * kTileElements) * kTileElements);
    }
    grid.side_by_side = grid.boxes() > 1;
}

Status limit_triples(Grid &grid) {
    if (grid.parts() == 1) return {};
    const int64_t most = kReach / kTripleParts / grid.parts();
    if (most == 0)
        return {NF_NO_VARIANT, "the strides ask for " + std::to_string(grid.parts()) +
                                   " pieces, whose triples no kernel can merge: " + std::to_string(kReach / kTripleParts) +
                                   " at most"};
    grid.block[kC] = std::min(grid.block[kC], most);
    return {};
}

Status piece_limit(int64_t &limit) {
    std::optional<int64_t> wanted;
    if (Status status = read_variable("NORMFORGE_PIECE", 1, kReach, wanted); status.failed()) return status;
    limit = wanted.value_or(kReach);
    return {};
}

Status wanted_chunk(std::optional<int64_t> &bytes) {
    return read_variable("NORMFORGE_GPU_CHUNK", 0, INT64_MAX, bytes);
}

} // namespace normforge
