// SPDX-License-Identifier: MIT
// Conversions of whole arrays, one loop for all types.
#include "tools/normforge/bench/elements.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace normforge::bench {

namespace {

uint32_t bits_of(float value) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

float float_of(uint32_t bits) {
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

struct Bf16 {
    uint16_t bits;
    explicit Bf16(float value) : bits(static_cast<uint16_t>((bits_of(value) + 0x7FFF + (bits_of(value) >> 16 & 1)) >> 16)) {
        if (std::isnan(value)) bits = 0x7FC0; // the sum above may carry into the exponent
    }
    explicit operator float() const { return float_of(uint32_t{bits} << 16); }
};

/// Calls visit(pointer to elements of the type).
template <typename Visit>
void with_type(nf_dtype dtype, void *elements, const Visit &visit) {
    switch (dtype) {
    case NF_F32: return visit(static_cast<float *>(elements));
    case NF_F64: return visit(static_cast<double *>(elements));
    case NF_F16: return visit(static_cast<_Float16 *>(elements));
    case NF_BF16: return visit(static_cast<Bf16 *>(elements));
    }
}

} // namespace

void from_floats(nf_dtype dtype, const float *values, size_t count, void *elements) {
    with_type(dtype, elements, [&](auto *typed) {
        for (size_t i = 0; i < count; i++) typed[i] = std::decay_t<decltype(*typed)>(values[i]);
    });
}

void to_floats(nf_dtype dtype, const void *elements, size_t count, float *values) {
    with_type(dtype, const_cast<void *>(elements), [&](const auto *typed) { // only read
        for (size_t i = 0; i < count; i++) values[i] = static_cast<float>(typed[i]);
    });
}

void round_floats(nf_dtype dtype, float *values, size_t count) {
    if (dtype == NF_F32 || dtype == NF_F64) return;
    std::array<uint16_t, 1024> block{};
    for (size_t i = 0; i < count; i += block.size()) {
        const size_t part = std::min(block.size(), count - i);
        from_floats(dtype, values + i, part, block.data());
        to_floats(dtype, block.data(), part, values + i);
    }
}

} // namespace normforge::bench
