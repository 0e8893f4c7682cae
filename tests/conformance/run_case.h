// SPDX-License-Identifier: MIT
// Runs a recorded case with this library: the second step of the conformance test, and the one place that decides what the
// library can express.
#pragma once

#include "tests/conformance/recorded.h"

namespace normforge::conformance {

/// Empty if the library can compute this output of the case, else what it would need: the case, or a part of it, is listed
/// as not yet run. `output` is a key of Case::outputs or of Case::gradients.
std::string not_yet_run(const Case &recorded, const std::string &output);

/// What the library computes for the case, by the names that the recording uses. `before`: the results of the case that this
/// one continues, null if none. Throws if the library refuses.
Arrays run_case(const Case &recorded, const Arrays *before);

} // namespace normforge::conformance
