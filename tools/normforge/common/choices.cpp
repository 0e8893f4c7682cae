// SPDX-License-Identifier: MIT
// Choices as CLI11 describes them, see choices.h.
#include "tools/normforge/common/choices.h"

#include <algorithm>

namespace normforge {

std::string braced(const std::string &choices) {
    std::string text = "{" + choices + "}";
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

CLI::Validator described_choices(const std::string &choices) {
    return {[](const std::string &) { return std::string(); }, braced(choices)};
}

} // namespace normforge
