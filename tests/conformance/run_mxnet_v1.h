// SPDX-License-Identifier: MIT
// Runs a case that MXNet's BatchNorm_v1 recorded through its façade (mxnet_v1.h), with the calls that were recorded: this is
// what shows fix_gamma, the copied statistics and the averages that move in backward to be MXNet's.
#pragma once

#include "tests/conformance/recorded.h"

namespace normforge::conformance {

/// As run_case(); every output that was recorded is there.
Arrays run_mxnet_v1(const Case &recorded, const Arrays *before);

} // namespace normforge::conformance
