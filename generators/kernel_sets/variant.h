// SPDX-License-Identifier: MIT
// One variant on its way from kernel set to library: what the compiler is asked for, and what it says it made.
#pragma once

#include "runtime/symbol.h"

#include <string>
#include <vector>

namespace normforge {

/// Tag of variants compiled with the portable schedule; they run only when forced.
inline bool is_portable(const VariantName &name) {
    return has_tag(name, "portable");
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

/// Bytes of the type that a variant computes elements in.
inline int arithmetic_bytes(const VariantName &name) {
    return name.dtype == NF_F64 || has_statistics_f64(name) ? 8 : 4;
}

struct VariantRequest {
    std::string symbol;     ///< says op, type, form, epilogue, store, target, tag
    std::string parameters; ///< schedule parameters that differ from the defaults, "name=value ..."
};

struct CompiledVariant {
    std::string symbol;
    std::string parameters;             ///< all of them, resolved
    std::vector<std::string> arguments; ///< roles in the kernel table's words, in order
    int channel_step = 1;               ///< channels of partial results are padded to a multiple of this
    int streaming_stores = 0;
    size_t code_size = 0; ///< bytes
};

} // namespace normforge
