// SPDX-License-Identifier: MIT
// Sizes and fills the benchmark's tensors.
#include "tools/normforge/bench/operands.h"

#include "tools/normforge/bench/channel_values.h"
#include "tools/normforge/bench/elements.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace normforge::bench {

namespace {

constexpr size_t kPage = 4096;
constexpr float kGamma = 1.25f, kBeta = 0.125f;

/// The relu of forward, or nothing: what backward with a residual is given as y.
std::vector<float> forward_output(const std::vector<float> &x, const std::vector<float> &residual,
                                  const Canonical &canonical, const ChannelStatistics &statistics) {
    std::vector<float> y(x.size());
    visit_elements(canonical, [&](int64_t at, int64_t channel) {
        const auto i = static_cast<size_t>(at), c = static_cast<size_t>(channel);
        const float scale = kGamma * statistics.invstd[c];
        y[i] = std::max(0.0f, (x[i] - statistics.mean[c]) * scale + kBeta + residual[i]);
    });
    return y;
}

} // namespace

Operands::Operands(const Problem &problem, int64_t cache_bytes, bool for_cold_runs)
    : geometry_(problem), dtype_(problem.description.x.dtype), cache_bytes_(cache_bytes) {
    if (geometry_.elements == 0) throw std::runtime_error("the tensor is empty: nothing to measure");
    choose_slots(for_cold_runs);
    for (const auto &tensor : geometry_.tensors) {
        SlottedTensor &slotted = tensors_[tensor.role];
        slotted.stride = stride_of(tensor);
        slotted.first = static_cast<size_t>(-tensor.canonical.lowest() * geometry_.element_bytes);
        slotted.buffer = Buffer(slotted.stride * slots_, static_cast<size_t>(problem.offset_bytes));
    }
    fill(problem.description);
}

/// Bytes from one slot to the next: whole pages, so that every slot is aligned as the first is.
size_t Operands::stride_of(const OpTensor &tensor) const {
    const auto bytes = static_cast<size_t>(tensor.canonical.span() * geometry_.element_bytes);
    return std::max(kPage, (bytes + kPage - 1) / kPage * kPage);
}

int64_t Operands::most_bytes() {
    const int64_t memory = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
    return std::min(int64_t{6} << 30, memory / 3);
}

void Operands::choose_slots(bool for_cold_runs) {
    size_t slot_bytes = 0;
    for (const auto &tensor : geometry_.tensors) slot_bytes += stride_of(tensor);
    const auto most = static_cast<size_t>(most_bytes());
    if (slot_bytes > most) {
        throw std::runtime_error(
            fmt::format("the tensors take {} bytes, more than the benchmark's limit of {} here", slot_bytes, most));
    }
    const auto cold_bytes = static_cast<size_t>(2 * cache_bytes_);
    if (for_cold_runs && slot_bytes > 0) {
        // One more than fits twice the cache: by the time a slot comes round again, that much else has been touched.
        const size_t wanted = (cold_bytes + slot_bytes - 1) / slot_bytes + 1;
        slots_ = std::min({wanted, most / slot_bytes, kMostSlots});
    }
    exceeds_cache_ = cache_bytes_ > 0 && slots_ * slot_bytes >= cold_bytes;
}

/// Inputs get random numbers, all slots the same; outputs stay 0.
void Operands::fill(const nf_description &description) {
    const auto random = [&](const Canonical &canonical, uint64_t seed) {
        std::vector<float> values(static_cast<size_t>(canonical.span()));
        fill_normal(values.data(), values.size(), seed);
        round_floats(dtype_, values.data(), values.size());
        return values;
    };
    const auto put = [&](TensorRole role, const std::vector<float> &values) {
        const SlottedTensor &tensor = tensors_[role];
        const size_t bytes = values.size() * static_cast<size_t>(geometry_.element_bytes);
        from_floats(dtype_, values.data(), values.size(), tensor.begin(0));
        for (size_t slot = 1; slot < slots_; slot++) std::memcpy(tensor.begin(slot), tensor.begin(0), bytes);
    };
    const auto x = random(geometry_.x(), 1);
    const ChannelStatistics statistics(x.data(), geometry_.x(), description.eps);
    put(kX, x);
    for (const auto &[role, written, canonical] : geometry_.tensors) {
        if (written || role == kX) continue;
        auto values = random(canonical, 1 + static_cast<uint64_t>(role));
        // The sign of y says where relu's gradient is 0. Peers only take dense tensors, of others any y will do.
        if (role == kY && geometry_.dense) values = forward_output(x, values, canonical, statistics);
        put(role, values);
    }

    const nf_dtype channel_type = geometry_.channel_bytes == 8 ? NF_F64 : NF_F32;
    const auto array = [&](const std::vector<float> &values) {
        Buffer buffer(values.size() * static_cast<size_t>(geometry_.channel_bytes));
        from_floats(channel_type, values.data(), values.size(), buffer.data());
        return buffer;
    };
    const auto constant = [&](float value) { return array(std::vector<float>(statistics.mean.size(), value)); };
    gamma = constant(kGamma);
    beta = constant(kBeta);
    // x's own statistics: a peer takes its ReLU mask from a forward pass, we recompute it from the statistics given.
    mean = array(statistics.mean);
    variance = array(statistics.variance);
    invstd = array(statistics.invstd);
    running_mean = array(statistics.mean);
    running_variance = array(statistics.variance);
    for (Buffer *output : {&dgamma, &dbeta, &saved_mean, &saved_variance, &saved_invstd}) *output = constant(0);
}

} // namespace normforge::bench
