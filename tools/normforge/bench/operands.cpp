// SPDX-License-Identifier: MIT
// Sizes and fills the benchmark's tensors.
#include "tools/normforge/bench/operands.h"
#include "runtime/ops.h"

#include "tests/support/canonical.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>
#include <vector>

namespace normforge::bench {

namespace {

constexpr size_t kPage = 4096;

/// The canonical form of one x-like tensor of a problem. Throws std::runtime_error if it has none.
Canonical canonical_of(const char *name, const nf_layout &layout, const nf_description &description) {
    const auto check = [](const Status &status) {
        if (status.failed()) throw std::runtime_error(status.text);
    };
    Tensor x{"x", description.x, {}};
    check(resolve_layout(x, nullptr));
    Tensor tensor{name, layout, {}};
    check(resolve_layout(tensor, &x.layout));
    const int axis = description.axis < 0 ? description.axis + x.layout.rank : description.axis;
    check(canonicalise(tensor, axis));
    return tensor.canonical;
}

/// Bytes from one slot to the next: whole pages, so that every slot is aligned as the first is.
size_t slot_stride(const Canonical &tensor) {
    const size_t bytes = static_cast<size_t>(tensor.span()) * sizeof(float);
    return std::max(kPage, (bytes + kPage - 1) / kPage * kPage);
}

Buffer channel_array(int64_t channels, float value) {
    Buffer buffer(static_cast<size_t>(channels) * sizeof(float));
    std::fill_n(buffer.floats(), channels, value);
    return buffer;
}

/// Mean and biased variance per channel of a tensor, into c floats each. The data have mean and variance near 1, so sums of
/// squares in double are exact enough.
void channel_statistics(const float *data, const Canonical &x, float *mean, float *variance) {
    std::vector<double> sums(static_cast<size_t>(x.c)), squares(sums.size());
    const auto add = [&](const float *at, int64_t c) {
        sums[static_cast<size_t>(c)] += *at;
        squares[static_cast<size_t>(c)] += static_cast<double>(*at) * *at;
    };
    for (int64_t n = 0; n < x.n; n++) {
        const float *at = data + n * x.stride_n;
        if (x.stride_c < x.stride_s) { // memory order, whichever it is
            for (int64_t s = 0; s < x.s; s++) {
                for (int64_t c = 0; c < x.c; c++) add(at + s * x.stride_s + c * x.stride_c, c);
            }
        } else {
            for (int64_t c = 0; c < x.c; c++) {
                for (int64_t s = 0; s < x.s; s++) add(at + s * x.stride_s + c * x.stride_c, c);
            }
        }
    }
    const auto m = static_cast<double>(x.n * x.s);
    for (size_t c = 0; c < sums.size(); c++) {
        const double channel_mean = sums[c] / m;
        mean[c] = static_cast<float>(channel_mean);
        variance[c] = static_cast<float>(std::max(0.0, squares[c] / m - channel_mean * channel_mean));
    }
}

} // namespace

Geometry::Geometry(const Problem &problem) {
    const nf_description &description = problem.description;
    const Canonical x = canonical_of("x", description.x, description);
    elements = x.elements();
    channels = x.c;
    if (x.c > 1) channel_step = x.stride_c;
    traffic_bytes = elements * static_cast<int64_t>(sizeof(float)) * (writes_y(description.op) ? 2 : 3);
}

Operands::Operands(const Problem &problem, int64_t cold_cache_bytes) {
    const nf_description &description = problem.description;
    const Geometry geometry(problem);
    if (geometry.elements == 0) throw std::runtime_error("the tensor is empty: nothing to measure");
    const bool backward = !writes_y(description.op);
    const Canonical x = canonical_of("x", description.x, description);
    const Canonical dy = canonical_of("dy", description.dy, description);
    const Canonical output =
        backward ? canonical_of("dx", description.dx, description) : canonical_of("y", description.y, description);

    const size_t slot_bytes = slot_stride(x) + (backward ? slot_stride(dy) : 0) + slot_stride(output);
    if (static_cast<int64_t>(slot_bytes) > kMostBytes) {
        throw std::runtime_error(
            fmt::format("the tensors take {} bytes, more than the benchmark's limit of {}", slot_bytes, kMostBytes));
    }
    const size_t cold_bytes = static_cast<size_t>(2 * cold_cache_bytes);
    if (cold_cache_bytes > 0) {
        // One more than fits twice the cache: by the time a slot comes round again, that much else has been touched.
        const size_t wanted = (cold_bytes + slot_bytes - 1) / slot_bytes + 1;
        slots_ = std::min({wanted, static_cast<size_t>(kMostBytes) / slot_bytes, kMostSlots});
    }
    cold_ = cold_cache_bytes > 0 && slots_ * slot_bytes >= cold_bytes;

    const auto offset = static_cast<size_t>(problem.offset_bytes);
    x_ = make(x, offset, 1);
    if (backward) dy_ = make(dy, offset, 2);
    (backward ? dx_ : y_) = make(output, offset, 0);

    const int64_t c = geometry.channels;
    gamma = channel_array(c, 1.25f);
    beta = channel_array(c, 0.125f);
    // x's own statistics: a peer takes its ReLU mask from a forward pass, we recompute it from the statistics given.
    mean = channel_array(c, 0.0f);
    variance = channel_array(c, 0.0f);
    invstd = channel_array(c, 0.0f);
    channel_statistics(x_.at(0), x, mean.floats(), variance.floats());
    std::transform(variance.floats(), variance.floats() + c, invstd.floats(),
                   [&](float v) { return static_cast<float>(1.0 / std::sqrt(v + description.eps)); });
    running_mean = channel_array(c, 0.0f);
    running_variance = channel_array(c, 0.0f);
    std::copy_n(mean.floats(), c, running_mean.floats());
    std::copy_n(variance.floats(), c, running_variance.floats());
    dgamma = channel_array(c, 0.0f);
    dbeta = channel_array(c, 0.0f);
    saved_mean = channel_array(c, 0.0f);
    saved_variance = channel_array(c, 0.0f);
    saved_invstd = channel_array(c, 0.0f);
}

Operands::SlottedTensor Operands::make(const Canonical &canonical, size_t offset, uint64_t seed) const {
    SlottedTensor tensor;
    tensor.stride = slot_stride(canonical);
    tensor.buffer = Buffer(tensor.stride * slots_, offset);
    if (seed == 0) return tensor; // an output
    const auto count = static_cast<size_t>(canonical.span());
    fill_normal(tensor.at(0), count, seed);
    for (size_t slot = 1; slot < slots_; slot++) std::memcpy(tensor.at(slot), tensor.at(0), count * sizeof(float));
    return tensor;
}

Slot Operands::slot(size_t index) const {
    return {x_.at(index), y_.at(index), dy_.at(index), dx_.at(index)};
}

} // namespace normforge::bench
