// SPDX-License-Identifier: MIT
// The build says which compiler it found.
#include "tools/normforge/tune/versions.h"

namespace normforge {

const Versions kVersions = {NF_VERSION, NF_HALIDE_VERSION, NF_LLVM_VERSION};

} // namespace normforge
