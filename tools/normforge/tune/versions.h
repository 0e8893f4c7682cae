// SPDX-License-Identifier: MIT
// What this build's measurements are made with. Another compiler may make other code of the same parameters.
#pragma once

#include "generators/tuning/provenance.h"

#include <string>

namespace normforge {

/// Of a measurement with this build, on that device.
Provenance provenance_of(const std::string &device, int threads);

/// Of a file's content: two builds of normforge-compiler may have the same version and make other code. Throws
/// std::runtime_error if it cannot be read.
std::string fingerprint_of(const std::string &file);

} // namespace normforge
