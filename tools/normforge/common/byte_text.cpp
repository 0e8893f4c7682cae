// SPDX-License-Identifier: MIT
// Powers of 1024.
#include "tools/normforge/common/byte_text.h"

#include <fmt/format.h>
#include <iterator>

namespace normforge {

std::string format_bytes(int64_t bytes) {
    constexpr const char *kUnits[] = {"B", "KiB", "MiB", "GiB"};
    auto value = static_cast<double>(bytes);
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(kUnits); unit++) value /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

} // namespace normforge
