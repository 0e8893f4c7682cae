// SPDX-License-Identifier: MIT
// The memory of one problem in the benchmark: the same tensors for every competitor, several copies ("slots") so that cold
// runs can go round through more memory than the caches hold; warm runs stay in slot 0.
#pragma once

#include "tools/normforge/bench/geometry.h"
#include "tools/normforge/common/buffers.h"

#include <array>
#include <cstddef>

namespace normforge::bench {

/// Tensors of one slot: those that the op has, the others null.
struct Slot {
    void *x = nullptr;
    void *residual = nullptr;
    void *y = nullptr; ///< what forward writes; what backward with a residual reads the derivative off
    void *dy = nullptr;
    void *dx = nullptr;
    void *dresidual = nullptr;
    void *output() const { return dx ? dx : y; }
};

class Operands {
public:
    /// One slot; or, for cold runs, enough to exceed twice `cache_bytes`, the last-level cache, as long as they fit in
    /// most_bytes().
    Operands(const Problem &problem, int64_t cache_bytes, bool for_cold_runs);

    const Geometry &geometry() const { return geometry_; }
    nf_dtype dtype() const { return dtype_; }
    size_t slots() const { return slots_; }

    Slot slot(size_t index) const {
        const auto at = [&](TensorRole role) { return tensors_[role].at(index); };
        return {at(kX), at(kResidual), at(kY), at(kDy), at(kDx), at(kDresidual)};
    }

    /// Where the memory of a tensor that the op has begins: at its first element, unless strides are negative.
    uint8_t *memory(TensorRole role, size_t slot) const { return tensors_[role].begin(slot); }

    /// Going round all slots touches more than twice the cache. Strides between slots make even tiny tensors do so, unless
    /// kMostSlots is too few for it.
    bool exceeds_cache() const { return exceeds_cache_; }

    /// One call's tensors fit the cache.
    bool fits_cache() const { return geometry_.traffic_bytes <= cache_bytes_; }

    // Per channel, of the type that the tensors ask for, shared by all slots: statistics of the data, parameters, and where
    // results go.
    Buffer gamma, beta, mean, variance, invstd, running_mean, running_variance, dgamma, dbeta;
    Buffer saved_mean, saved_variance, saved_invstd; ///< written by forward_train

    /// What the tensors of one measurement may take: 6 GiB (backward with 2^29 elements of f32), but no more than a third of
    /// the machine's memory, because inputs are made in f32 first and peers make copies.
    static int64_t most_bytes();
    static constexpr size_t kMostSlots = 16384;

private:
    /// One x-like tensor in all slots: slot i begins i * stride bytes after the first.
    struct SlottedTensor {
        Buffer buffer;
        size_t stride = 0;
        size_t first = 0; ///< bytes from the lowest element to the one whose indices are all 0
        uint8_t *begin(size_t slot) const { return static_cast<uint8_t *>(buffer.data()) + slot * stride; }
        void *at(size_t slot) const { return buffer.size() ? begin(slot) + first : nullptr; }
    };

    void choose_slots(bool for_cold_runs);
    void fill(const nf_description &description);
    size_t stride_of(const OpTensor &tensor) const;

    Geometry geometry_;
    nf_dtype dtype_;
    int64_t cache_bytes_;
    size_t slots_ = 1;
    bool exceeds_cache_ = false;
    std::array<SlottedTensor, kTensorRoles> tensors_;
};

} // namespace normforge::bench
