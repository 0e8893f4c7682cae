// SPDX-License-Identifier: MIT
// Words and numbers of LLVM's texts.
#include "tools/normforge/asm/reading.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::assembly {

std::string_view take_mnemonic(std::string_view text, Instruction &instruction) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of("\t ")));
    const size_t end = std::min(text.size(), text.find_first_of("\t "));
    instruction.mnemonic = text.substr(0, end);
    const std::string_view operands = text.substr(std::min(text.size(), end + 1));
    instruction.text = fmt::format("{:<12} {}", instruction.mnemonic, operands);
    return operands;
}

int64_t number(std::string_view text) {
    const std::string digits(text);
    return digits[0] == '-' ? std::stoll(digits, nullptr, 0) : static_cast<int64_t>(std::stoull(digits, nullptr, 0));
}

} // namespace normforge::assembly
