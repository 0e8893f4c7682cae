// SPDX-License-Identifier: MIT
// Runs a recorded case with this library: the second step of the conformance test, and the one place that decides what the
// library can express.
#pragma once

#include "tests/conformance/recorded.h"
#include <normforge/normforge.h>

namespace normforge::conformance {

/// Empty if the library computes this output of the case, else why it does not. `output` is a key of Case::outputs.
std::string not_ours(const Case &recorded, const std::string &output);

/// What the case asks for: "dx", "dgamma" or "dbeta".
nf_gradient requested(const Case &recorded, const std::string &gradient);

/// What the library computes for the case, by the names that the recording uses. `before`: the results of the case that this
/// one continues, null if none. Throws if the library refuses.
Arrays run_case(const Case &recorded, const Arrays *before);

} // namespace normforge::conformance
