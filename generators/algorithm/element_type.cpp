// SPDX-License-Identifier: MIT
// The list of element types. bf16 is handled as integers: Halide's own bf16 aborts in LLVM's CUDA back end and is open to
// double rounding; one shift and one rounded addition vectorise on every target.
#include "generators/algorithm/element_type.h"

namespace normforge {

using namespace Halide;

namespace {

Expr same(const Expr &value) {
    return value;
}

template <typename T>
Expr to(const Expr &value) {
    return cast<T>(value);
}

/// As f32, on the way to a type of fewer digits. f64 values are rounded to odd (towards zero, and to an odd last digit if
/// that was inexact): the rounding that follows then gives what a single one would have (Boldo and Melquiond 2008).
Expr to_f32(const Expr &value) {
    if (value.type() != Float(64)) return cast<float>(value);
    Expr nearest = cast<float>(value), back = cast<double>(nearest), bits = reinterpret<uint32_t>(nearest);
    Expr towards_zero = select(abs(back) > abs(value), bits - 1, bits);
    return reinterpret<float>(select(back == value, bits, towards_zero | 1));
}

Expr round_to_f16(const Expr &value) {
    return cast<float16_t>(to_f32(value));
}

/// Halide 19's emulation for targets without F16C turns NaN into infinity.
Expr store_f16(const Expr &value) {
    return select(is_nan(to_f32(value)), float16_t::make_nan(), round_to_f16(value));
}

/// bf16 is the upper half of an f32.
Expr load_bf16(const Expr &stored) {
    return reinterpret<float>(cast<uint32_t>(stored) << 16);
}

/// What the upper half of is the nearest bf16, ties to even: half of the last place is added, but for a tie, below an even
/// place, that leaves it.
Expr rounded_bits(const Expr &bits) {
    return bits + select((bits & 0x10000) != 0, cast<uint32_t>(0x8000), cast<uint32_t>(0x7fff));
}

/// A NaN could round to infinity or wrap around; it keeps its sign and upper bits and becomes quiet. One shift ends both.
Expr round_to_bf16(const Expr &f, const Expr &nan) {
    Expr bits = reinterpret<uint32_t>(f);
    return cast<uint16_t>(select(nan, bits | 0x400000, rounded_bits(bits)) >> 16);
}

Expr store_fitting_bf16(const Expr &value) {
    return cast<uint16_t>(rounded_bits(reinterpret<uint32_t>(value)) >> 16);
}

Expr store_bf16(const Expr &value) {
    Expr f = to_f32(value);
    return round_to_bf16(f, is_nan(f)); // `f == f` would be simplified to true
}

/// The same two conversions for devices without f16, by integers: a factor of 2^112 moves the exponent from f16's place to
/// f32's, and makes normal numbers of those that are not.
Expr load_f16_bits(const Expr &stored) {
    const Expr wide = cast<uint32_t>(stored), magnitude = (wide & 0x7fff) << 13;
    const Expr finite = reinterpret<uint32_t>(reinterpret<float>(magnitude) * 0x1p112f);
    return reinterpret<float>(((wide & 0x8000) << 16) |
                              select((wide & 0x7fff) < 0x7c00, finite, magnitude | cast<uint32_t>(0x7f800000)));
}

Expr store_f16_bits(const Expr &value) {
    const Expr bits = reinterpret<uint32_t>(to_f32(value)), magnitude = bits & 0x7fffffff;
    // Next to 0.5 a float's last place is f16's smallest number: the sum rounds to a multiple of it.
    const Expr tiny = reinterpret<uint32_t>(reinterpret<float>(magnitude) + 0.5f) - 0x3f000000;
    const Expr normal = (magnitude - 0x38000000 + 0x0fff + ((magnitude >> 13) & 1)) >> 13;
    const Expr finite = select(magnitude < 0x38800000, tiny, min(normal, cast<uint32_t>(0x7c00)));
    const Expr special = select(magnitude > 0x7f800000, cast<uint32_t>(0x7e00), cast<uint32_t>(0x7c00));
    return cast<uint16_t>(((bits >> 16) & 0x8000) | select(magnitude < 0x47800000, finite, special));
}

/// is_nan() of a vector makes Halide 19's OpenCL back end fail.
Expr store_bf16_bits(const Expr &value) {
    Expr f = to_f32(value);
    return round_to_bf16(f, (reinterpret<uint32_t>(f) & 0x7fffffff) > 0x7f800000);
}

} // namespace

const std::map<std::string, ElementType> &element_types() {
    static const std::map<std::string, ElementType> list = {
        {"f16", {Float(16), Float(32), to<float>, store_f16}},
        {"bf16", {UInt(16), Float(32), load_bf16, store_bf16}},
        {"f32", {Float(32), Float(32), same, to<float>}},
        {"f64", {Float(64), Float(64), same, same}},
    };
    return list;
}

const ElementType &native_f16() {
    static const ElementType type = {Float(16), Float(32), to<float>, round_to_f16};
    return type;
}

const ElementType &fitting_bf16() {
    static const ElementType type = {UInt(16), Float(32), load_bf16, store_fitting_bf16};
    return type;
}

Expr fitting_nan(const Expr &value) {
    const Expr bits = reinterpret<uint32_t>(value);
    const Expr is_nan = (bits & 0x7fffffff) > 0x7f800000;
    return reinterpret<float>(select(is_nan, (bits | 0x400000) >> 16 << 16, bits));
}

const std::map<std::string, ElementType> &opencl_element_types() {
    static const std::map<std::string, ElementType> list = [] {
        std::map<std::string, ElementType> types = element_types();
        types["f16"] = {UInt(16), Float(32), load_f16_bits, store_f16_bits};
        types["bf16"] = {UInt(16), Float(32), load_bf16, store_bf16_bits};
        return types;
    }();
    return list;
}

} // namespace normforge
