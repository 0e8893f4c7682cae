// SPDX-License-Identifier: MIT
// Which keys of a problem string say something about which problems, for the two halves of the grammar: problem.cpp refuses
// the others, problem_text.cpp leaves them out.
#pragma once

#include "runtime/ops.h"
#include <string_view>

namespace normforge {

/// The letters of key `grad`, by nf_gradient.
inline constexpr std::string_view kGradientLetters = "wan";

constexpr bool takes_any_key(const nf_description &) {
    return true;
}
constexpr bool takes_gradients(const nf_description &d) {
    return d.op == NF_BACKWARD_TRAIN || d.op == NF_BACKWARD_FROZEN || d.op == NF_BACKWARD_MERGE ||
           d.op == NF_BACKWARD_APPLY || d.op == NF_BACKWARD_RESIDUAL;
}
constexpr bool takes_inplace(const nf_description &d) {
    return has_store(d.op) && d.op != NF_BACKWARD_RESIDUAL;
}
constexpr bool takes_parts(const nf_description &d) {
    return !has_form(d.op);
}
constexpr bool takes_slope(const nf_description &d) {
    return has_epilogue(d.op) && activation_of(d.epilogue) == NF_EPILOGUE_LEAKY_RELU;
}
constexpr bool takes_strides(const nf_description &d) {
    return has_form(d.op);
}
constexpr bool takes_running_variance(const nf_description &d) {
    return d.op == NF_FORWARD_TRAIN || d.op == NF_MERGE;
}

} // namespace normforge
