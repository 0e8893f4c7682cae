// SPDX-License-Identifier: MIT
// The clock, see utc_time.h.
#include "tools/normforge/common/utc_time.h"

#include <ctime>

namespace normforge {

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[sizeof "2026-01-31T12:00:00Z"];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

} // namespace normforge
