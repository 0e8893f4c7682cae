// SPDX-License-Identifier: MIT
// The one table of outcomes.
#include "tools/trial/outcome.h"

#include <algorithm>
#include <array>

namespace normforge {

namespace {

/// As Outcome.
constexpr std::array<const char *, 7> kNames = {"measured", "compile", "timeout", "crash", "memory", "wrong", "disturbed"};
static_assert(kNames.size() == static_cast<size_t>(Outcome::disturbed) + 1);

} // namespace

const char *name_of(Outcome outcome) {
    return kNames[static_cast<size_t>(outcome)];
}

std::optional<Outcome> outcome_named(const std::string &name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<Outcome>(found - kNames.begin());
}

std::vector<std::string> outcome_names() {
    return {kNames.begin(), kNames.end()};
}

} // namespace normforge
