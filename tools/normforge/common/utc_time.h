// SPDX-License-Identifier: MIT
// Points in time as journals, databases and locks write them.
#pragma once

#include <string>

namespace normforge {

/// "2026-01-31T12:00:00Z"; the first ten characters are the date.
std::string utc_now();

} // namespace normforge
