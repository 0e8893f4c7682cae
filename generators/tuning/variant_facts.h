// SPDX-License-Identifier: MIT
// What a variant's tag and types say, in the words that kernel sets, parameters and the compiler need.
#pragma once

#include "runtime/ops.h"
#include "runtime/symbol.h"

namespace normforge {

/// Tag of variants compiled with the portable schedule; they run only when forced.
inline bool is_portable(const VariantName &name) {
    return has_tag(name, "portable");
}

/// Tag words of variants that one of Halide's autoschedulers schedules, see autoscheduler.h; they run only when forced.
inline bool is_autoscheduled(const VariantName &name) {
    return has_tag(name, "adams2019") || has_tag(name, "li2018") || has_tag(name, "mullapudi2016");
}

/// Whether our own schedule makes the kernel: then it has parameters, and may be chosen unasked.
inline bool has_native_schedule(const VariantName &name) {
    return !is_portable(name) && !is_autoscheduled(name);
}

/// Tag of backward kernels that add to dx or dresidual instead of replacing it.
inline bool is_accumulating(const VariantName &name) {
    return has_tag(name, "accumulate");
}

/// Tag of backward_apply with constant statistics.
inline bool is_frozen(const VariantName &name) {
    return has_tag(name, "frozen");
}

/// Tag of variants with f64 statistics and arithmetic on tensors of other types.
inline bool has_statistics_f64(const VariantName &name) {
    return has_tag(name, "stats64");
}

/// Whether a kernel rounds what it computes to bf16. The residual's gradient after a mere addition is dy as it is.
inline bool rounds_to_bf16(const VariantName &name) {
    // With ReLU an element is dy or 0, which LLVM sees where NaN is not looked for, see OpGenerator::fits_nan().
    const bool selects = name.epilogue == NF_EPILOGUE_ADD_RELU && name.form != NF_FORM_LAST;
    const bool copies =
        name.op == NF_BACKWARD_RESIDUAL && (name.epilogue == NF_EPILOGUE_ADD || selects) && !has_tag(name, "accumulate");
    return name.dtype == NF_BF16 && has_store(name.op) && !copies;
}

/// Tag of GPU variants whose tensors have pointers, strides and runs of whole vectors.
inline bool is_aligned(const VariantName &name) {
    return has_tag(name, "aligned");
}

/// Tag of GPU variants for channels that one block of threads reduces: sums and what follows from them are one kernel.
inline bool takes_whole_channels(const VariantName &name) {
    return has_tag(name, "whole");
}

/// Bytes of the type that a variant computes elements in.
inline int arithmetic_bytes(const VariantName &name) {
    return name.dtype == NF_F64 || has_statistics_f64(name) ? 8 : 4;
}

/// Bytes of an element in memory.
inline int stored_bytes(const VariantName &name) {
    return name.dtype == NF_F64 ? 8 : name.dtype == NF_F32 ? 4 : 2;
}

} // namespace normforge
