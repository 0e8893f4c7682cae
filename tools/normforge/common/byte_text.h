// SPDX-License-Identifier: MIT
// Numbers of bytes for people.
#pragma once

#include <cstdint>
#include <string>

namespace normforge {

/// "48.0 KiB", "32.0 MiB"
std::string format_bytes(int64_t bytes);

} // namespace normforge
