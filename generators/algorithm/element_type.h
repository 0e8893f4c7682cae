// SPDX-License-Identifier: MIT
// Element types of tensors: how they are stored, in which type they are computed with, and the two conversions. Elements are
// converted once on load and once on store, to the nearest, ties to even.
#pragma once

#include <Halide.h>

#include <map>
#include <string>
#include <vector>

namespace normforge {

struct ElementType {
    Halide::Type stored;
    Halide::Type computed; ///< least precise type that arithmetic may use
    Halide::Expr (*load)(const Halide::Expr &stored);
    Halide::Expr (*store)(const Halide::Expr &value); ///< from any floating-point type
};

/// All element types by their word: f16, bf16, f32, f64.
const std::map<std::string, ElementType> &element_types();

/// f16 for CPUs that convert it by an instruction, which keeps NaN.
const ElementType &native_f16();

/// bf16, stored from f32 whose NaN rounding cannot turn into another number: those that a bf16 was loaded as, those that
/// x86's arithmetic makes, and fitting_nan().
const ElementType &fitting_bf16();

/// The value; a NaN, whatever its digits, with those that a bf16 has. Of f32.
Halide::Expr fitting_nan(const Halide::Expr &value);

/// All of them for OpenCL devices, which may lack f16.
const std::map<std::string, ElementType> &opencl_element_types();

/// An input tensor, read in the type of the arithmetic.
class Tensor {
public:
    Tensor(Halide::ImageParam stored, const ElementType &type, Halide::Type arithmetic)
        : image_(std::move(stored)), type_(type), arithmetic_(arithmetic) {}

    Halide::Expr operator()(const std::vector<Halide::Expr> &at) const { return converted(image_(at)); }
    Halide::Expr operator()(const std::vector<Halide::Var> &at) const {
        return (*this)(std::vector<Halide::Expr>(at.begin(), at.end()));
    }
    template <typename... Rest>
    Halide::Expr operator()(const Halide::Expr &first, const Rest &...rest) const {
        return (*this)(std::vector<Halide::Expr>{first, Halide::Expr(rest)...});
    }

    /// An element as it is stored, in the type of the arithmetic.
    Halide::Expr converted(const Halide::Expr &stored) const { return Halide::cast(arithmetic_, type_.load(stored)); }

    const Halide::ImageParam &image() const { return image_; }

private:
    Halide::ImageParam image_;
    ElementType type_;
    Halide::Type arithmetic_;
};

} // namespace normforge
