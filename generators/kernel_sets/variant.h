// SPDX-License-Identifier: MIT
// One variant on its way from kernel set to library: what the compiler is asked for, and what it says it made.
#pragma once

#include "generators/tuning/variant_facts.h"

#include <string>
#include <vector>

namespace normforge {

struct VariantRequest {
    std::string symbol;             ///< says op, type, form, epilogue, store, target, tag
    std::string parameters;         ///< schedule parameters that differ from the defaults, "name=value ..."
    std::string origin = "default"; ///< where the parameters come from, in words
};

struct CompiledVariant {
    std::string symbol;
    std::string parameters;             ///< all of them, resolved
    std::string origin;                 ///< where they come from, in words
    std::vector<std::string> arguments; ///< roles in the kernel table's words, in order
    int channel_step = 1;               ///< channels of partial results are padded to a multiple of this
    int streaming_stores = 0;
    size_t code_size = 0;     ///< bytes
    int64_t shared_bytes = 0; ///< shared memory that a launch on a GPU asks for, at most
};

} // namespace normforge
