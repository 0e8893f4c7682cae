// SPDX-License-Identifier: MIT
// The statistics of the report.
#pragma once

#include <cstddef>
#include <vector>

namespace normforge::report {

/// Of positive values; NaN of none.
double geometric_mean(const std::vector<double> &values);

/// Element i is the least of values 0 to i.
std::vector<double> running_minimum(const std::vector<double> &values);

/// What random search finds: element k - 1 is the expected minimum of k of the values, drawn without replacement. Exact.
std::vector<double> expected_minimum(std::vector<double> values);

} // namespace normforge::report
