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

/// Halide 19's emulation for targets without F16C turns NaN into infinity.
Expr store_f16(const Expr &value) {
    Expr f = to_f32(value);
    return select(is_nan(f), float16_t::make_nan(), cast<float16_t>(f));
}

/// bf16 is the upper half of an f32.
Expr load_bf16(const Expr &stored) {
    return reinterpret<float>(cast<uint32_t>(stored) << 16);
}

/// To the nearest upper half, ties to even: half of the last place is added, but for a tie, below an even place, that leaves
/// it. A NaN would round to infinity or wrap around; it keeps its sign and upper bits and becomes quiet. One shift ends
/// both.
Expr store_bf16(const Expr &value) {
    Expr f = to_f32(value), bits = reinterpret<uint32_t>(f);
    Expr half = select((bits & 0x10000) != 0, cast<uint32_t>(0x8000), cast<uint32_t>(0x7fff));
    Expr whole = select(is_nan(f), bits | 0x400000, bits + half); // `f == f` would be simplified to true
    return cast<uint16_t>(whole >> 16);
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

} // namespace normforge
