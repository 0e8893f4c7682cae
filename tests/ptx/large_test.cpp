// SPDX-License-Identifier: MIT
// More than 2^31 elements on a CUDA device: every index and byte offset beyond 32 bits.
#include "runtime/problem.h"
#include "tests/support/cuda_driver.h"
#include "tests/support/cuda_operands.h"
#include "tests/support/measure.h"
#include "tests/support/number.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <normforge/normforge.hpp>
#include <vector>
#include NF_GPU_HEADER

using namespace normforge;
using namespace normforge::testing;

namespace {

// All images are alike, channels are not: offsets that lose 2^30 or 2^31 elements, or 2^32 bytes, land in another channel.
constexpr int64_t kImages = 10923, kChannels = 3, kPlane = int64_t{1} << 16, kPlanes = kImages * kChannels;
static_assert(kPlanes * kPlane == (int64_t{1} << 31) + kPlane);
static_assert((int64_t{1} << 30) / kPlane % kChannels != 0 && (int64_t{1} << 31) / kPlane % kChannels != 0);
constexpr size_t kPlaneBytes = kPlane * sizeof(uint16_t), kBytes = kPlanes * kPlaneBytes;

constexpr double kBase[kChannels] = {3, -5, 12}, kAmplitude[kChannels] = {0.5, 1, 2}; ///< x is base +- amplitude

/// Half of the elements of each stretch of 2^k, in no order that a tile could share.
bool is_upper(int64_t i) {
    return __builtin_parityll(static_cast<uint64_t>(i)) != 0;
}

class DeviceMemory {
public:
    explicit DeviceMemory(size_t bytes) : bytes_(bytes) { REQUIRE(cuda_driver().allocate(&address_, bytes) == 0); }
    ~DeviceMemory() { cuda_driver().release(address_); }
    DeviceMemory(const DeviceMemory &) = delete;
    DeviceMemory &operator=(const DeviceMemory &) = delete;

    void *data() const { return reinterpret_cast<void *>(address_); }
    size_t size() const { return bytes_; }

    template <typename T>
    void put(const std::vector<T> &values, size_t offset = 0) const {
        REQUIRE(cuda_driver().to_device(address_ + offset, values.data(), values.size() * sizeof(T)) == 0);
    }
    template <typename T>
    void get(std::vector<T> &values, size_t offset = 0) const {
        REQUIRE(cuda_driver().to_host(values.data(), address_ + offset, values.size() * sizeof(T)) == 0);
    }

private:
    size_t bytes_;
    uint64_t address_ = 0;
};

/// A per-channel array.
struct DeviceChannels : DeviceMemory {
    explicit DeviceChannels(const std::vector<float> &values)
        : DeviceMemory(values.size() * sizeof(float)), operand{data(), static_cast<int64_t>(values.size())} {
        put(values);
    }
    std::vector<float> values() const {
        std::vector<float> all(kChannels);
        get(all);
        return all;
    }
    nf_channels operand;
};

/// Planes whose values are looked at: the first and last ones, those around 2^30 and 2^31 elements, and some between.
bool is_sampled(int64_t plane) {
    constexpr int64_t kMiddle = (int64_t{1} << 30) / kPlane;
    return plane < 6 || plane >= kPlanes - 6 || std::abs(plane - kMiddle) < 6 || plane % 499 == 0;
}

} // namespace

TEST_CASE("More than 2^31 elements, in place") {
    REQUIRE(nf_register(&NF_GPU_TABLE) == NF_SUCCESS);
    use_cuda_device();
    const Problem problem = parse_problem("forward_train:f16:ncw:10923x3x65536:relu:inplace:device=cuda");
    const Plan plan(problem.description);
    INFO(plan.describe());
    const size_t needed = kBytes + plan.workspace_size() + (size_t{1} << 20); // per-channel arrays are less than 1 MiB
    size_t available = 0, all = 0;
    REQUIRE(cuda_driver().free_memory(&available, &all) == 0);
    if (available < needed) {
        std::printf("skipped: %zu MiB of device memory are free, %zu MiB are needed\n", available >> 20, needed >> 20);
        return;
    }

    std::vector<uint16_t> image(kChannels * kPlane);
    for (int64_t c = 0; c < kChannels; ++c)
        for (int64_t i = 0; i < kPlane; ++i)
            store(NF_F16, &image[c * kPlane + i], kBase[c] + (is_upper(i) ? kAmplitude[c] : -kAmplitude[c]));
    const DeviceMemory x(kBytes), workspace(plan.workspace_size());
    for (int64_t n = 0; n < kImages; ++n) x.put(image, n * kChannels * kPlaneBytes);

    const std::vector<float> gamma = {1.5, -0.75, 2}, beta = {0.25, 3, -1}, unset(kChannels, -1);
    const DeviceChannels gammas(gamma), betas(beta), mean(unset), variance(unset), invstd(unset);
    Tensors tensors;
    tensors.x = tensors.y = x.data();
    tensors.gamma = gammas.operand;
    tensors.beta = betas.operand;
    tensors.saved_mean = mean.operand;
    tensors.saved_variance = variance.operand;
    tensors.saved_invstd = invstd.operand;
    tensors.workspace = workspace.data();
    tensors.workspace_size = workspace.size();
    REQUIRE_NOTHROW(plan.execute(tensors));
    REQUIRE(cuda_driver().synchronize() == 0);

    double wanted[kChannels][2]; // of the lower and the upper value
    for (int64_t c = 0; c < kChannels; ++c) {
        INFO("channel " << c);
        const double exact = kAmplitude[c] * kAmplitude[c], scale = 1 / std::sqrt(exact + problem.description.eps);
        CHECK(mean.values()[c] == Approx(kBase[c]).epsilon(1e-6));
        CHECK(variance.values()[c] == Approx(exact).epsilon(1e-6));
        CHECK(invstd.values()[c] == Approx(scale).epsilon(1e-6));
        for (const int sign : {-1, 1})
            wanted[c][sign > 0] = std::max(0.0, sign * kAmplitude[c] * scale * gamma[c] + beta[c]);
    }
    std::vector<uint16_t> y(kPlane);
    for (int64_t plane = 0; plane < kPlanes; ++plane) {
        if (!is_sampled(plane)) continue;
        x.get(y, plane * kPlaneBytes);
        int64_t wrong = 0;
        for (int64_t i = 0; i < kPlane; ++i) {
            const double value = wanted[plane % kChannels][is_upper(i)];
            wrong += !(std::abs(load(NF_F16, &y[i]) - value) <= ulp(NF_F16, value));
        }
        INFO("plane " << plane);
        CHECK(wrong == 0);
    }
}
