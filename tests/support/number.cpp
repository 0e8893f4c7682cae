// SPDX-License-Identifier: MIT
// Conversions written out for any split of exponent and mantissa, independently of the kernels' own.
#include "tests/support/number.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace normforge::testing {

namespace {

/// The 16-bit pattern of a value of a type with so many digits.
uint16_t encode(double value, const Precision &type) {
    const int mantissa_bits = type.digits - 1, bias = -type.lowest + 1;
    const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
    const auto infinity = static_cast<uint16_t>((type.highest + bias + 1) << mantissa_bits);
    if (std::isnan(value)) return static_cast<uint16_t>(sign | infinity | 1u << (mantissa_bits - 1));
    if (std::isinf(value)) return sign | infinity;
    const int exponent = value == 0 ? type.lowest : std::max(std::ilogb(value), type.lowest);
    const auto scaled = static_cast<uint16_t>(std::ldexp(std::abs(value), mantissa_bits - exponent));
    const bool normal = scaled >> mantissa_bits != 0;
    const int field = normal ? exponent + bias : 0;
    return static_cast<uint16_t>(sign | field << mantissa_bits | (scaled & ((1 << mantissa_bits) - 1)));
}

double decode(uint16_t bits, const Precision &type) {
    const int mantissa_bits = type.digits - 1, bias = -type.lowest + 1;
    const int field = (bits & 0x7fff) >> mantissa_bits, fraction = bits & ((1 << mantissa_bits) - 1);
    const double sign = bits & 0x8000 ? -1 : 1;
    if (field == type.highest + bias + 1)
        return fraction ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
    const int exponent = field ? field - bias : type.lowest;
    return sign * std::ldexp(fraction + (field ? 1 << mantissa_bits : 0), exponent - mantissa_bits);
}

double untouched() {
    const uint64_t bits = UINT64_MAX;
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

nf_dtype channel_type(const nf_description &description, nf_channel_type type) {
    switch (type) {
    case NF_CHANNEL_F32: return NF_F32;
    case NF_CHANNEL_F64: return NF_F64;
    case NF_CHANNEL_F16: return NF_F16;
    case NF_CHANNEL_BF16: return NF_BF16;
    case NF_CHANNEL_DEFAULT: break;
    }
    return description.x.dtype == NF_F64 ? NF_F64 : NF_F32;
}

template <typename T>
T copy(const void *element) {
    T value;
    std::memcpy(&value, element, sizeof value);
    return value;
}

} // namespace

Precision precision_of(nf_dtype dtype) {
    switch (dtype) {
    case NF_F64: return {53, -1022, 1023, 8};
    case NF_F16: return {11, -14, 15, 2};
    case NF_BF16: return {8, -126, 127, 2};
    case NF_F32: break;
    }
    return {24, -126, 127, 4};
}

double round_to(nf_dtype dtype, double value) {
    if (dtype == NF_F64 || !std::isfinite(value) || value == 0) return value;
    const Precision type = precision_of(dtype);
    const int last = std::max(std::ilogb(value), type.lowest) - (type.digits - 1);
    const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -last)), last);
    return std::abs(rounded) < std::ldexp(1.0, type.highest + 1) ? rounded : std::copysign(HUGE_VAL, value);
}

double load(nf_dtype dtype, const void *element) {
    const Precision type = precision_of(dtype);
    const auto *bytes = static_cast<const unsigned char *>(element);
    if (std::all_of(bytes, bytes + type.bytes, [](unsigned char byte) { return byte == 0xff; })) return untouched();
    switch (dtype) {
    case NF_F64: return copy<double>(element);
    case NF_F32: return copy<float>(element);
    case NF_F16:
    case NF_BF16: break;
    }
    return decode(copy<uint16_t>(element), type);
}

void store(nf_dtype dtype, void *element, double value) {
    if (dtype == NF_F64) {
        std::memcpy(element, &value, sizeof value);
    } else if (dtype == NF_F32) {
        const auto narrow = static_cast<float>(value);
        std::memcpy(element, &narrow, sizeof narrow);
    } else {
        const uint16_t bits = encode(value, precision_of(dtype));
        std::memcpy(element, &bits, sizeof bits);
    }
}

nf_dtype parameter_type(const nf_description &description) {
    return channel_type(description, description.parameters);
}

nf_dtype statistic_type(const nf_description &description) {
    return channel_type(description, description.statistics);
}

nf_dtype arithmetic_type(const nf_description &description) {
    return description.x.dtype == NF_F64 || statistic_type(description) == NF_F64 ? NF_F64 : NF_F32;
}

} // namespace normforge::testing
