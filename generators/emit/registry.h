// SPDX-License-Identifier: MIT
// The text files of a library: registry source, header, manifest. Equal input gives equal text.
#pragma once

#include "generators/kernel_sets/variant.h"

#include <string>
#include <vector>

namespace normforge {

/// C source that defines the table nf_kernels_<set> and the call-back that the kernels use.
std::string registry_source(const std::string &set, const std::vector<CompiledVariant> &variants);

/// C header that declares the table.
std::string registry_header(const std::string &set);

/// JSON: every variant with its properties, parameters and code size.
std::string manifest(const std::string &set, const std::vector<CompiledVariant> &variants);

} // namespace normforge
