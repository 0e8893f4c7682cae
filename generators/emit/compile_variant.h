// SPDX-License-Identifier: MIT
// One variant: generator -> Halide module -> bitcode -> object. Runs in a process of its own, because Halide numbers names
// from a process-wide counter and object bytes must not depend on what was compiled before.
#pragma once

#include "generators/kernel_sets/variant.h"

namespace normforge {

/// Writes the object file. Throws std::exception derivatives; nothing is left at `object_path` then.
CompiledVariant compile_variant(const VariantRequest &request, const std::string &object_path);

} // namespace normforge
