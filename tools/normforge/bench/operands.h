// SPDX-License-Identifier: MIT
// The memory of one problem in the benchmark: the same tensors for every competitor, several copies ("slots") so that cold
// runs can go round through more memory than the caches hold.
#pragma once

#include "runtime/canonical.h"
#include "runtime/problem.h"
#include "tools/normforge/common/buffers.h"

#include <cstddef>
#include <string>

namespace normforge::bench {

/// Extents, strides and what follows from them for one problem's x-like tensors.
struct Geometry {
    explicit Geometry(const Problem &problem);

    int64_t elements = 0;      ///< of x
    int64_t channels = 0;      ///< extent of the channel axis
    int64_t channel_step = 1;  ///< elements from one channel to the next, if there are several
    int64_t traffic_bytes = 0; ///< least that the op moves: 2 T forward (x, y), 3 T backward (x, dy, dx); T = bytes of x
};

/// Tensors of one slot: those that the op has, the others null.
struct Slot {
    float *x = nullptr;
    float *y = nullptr;
    float *dy = nullptr;
    float *dx = nullptr;
    float *output() const { return y ? y : dx; }
};

class Operands {
public:
    /// Enough slots to exceed twice `cold_cache_bytes` (0: one slot, warm runs), as long as they fit in kMostBytes.
    Operands(const Problem &problem, int64_t cold_cache_bytes);

    size_t slots() const { return slots_; }
    Slot slot(size_t index) const;

    /// Strides between slots make even tiny tensors cold, unless kMostSlots is too few for it.
    bool cold() const { return cold_; }

    // Per channel, shared by all slots: statistics of the data, parameters, and where results go.
    Buffer gamma, beta, mean, variance, invstd, running_mean, running_variance, dgamma, dbeta;
    Buffer saved_mean, saved_variance, saved_invstd; ///< written by forward_train

    static constexpr int64_t kMostBytes = int64_t{3} << 30;
    static constexpr size_t kMostSlots = 16384;

private:
    /// One x-like tensor in all slots: slot i begins i * stride bytes after the first.
    struct SlottedTensor {
        Buffer buffer;
        size_t stride = 0;
        float *at(size_t slot) const {
            return buffer.size() ? reinterpret_cast<float *>(static_cast<uint8_t *>(buffer.data()) + slot * stride)
                                 : nullptr;
        }
    };
    SlottedTensor make(const Canonical &canonical, size_t offset, uint64_t seed) const;

    size_t slots_ = 1;
    bool cold_ = false;
    SlottedTensor x_, y_, dy_, dx_;
};

} // namespace normforge::bench
