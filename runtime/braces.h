// SPDX-License-Identifier: MIT
// Brace alternatives as in a shell: "{a,b}x{1,2}" stands for ax1, ax2, bx1, bx2. They nest; an alternative may be empty.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace normforge {

/// One of the texts that a text with braces stands for.
struct Expansion {
    std::string text;
    std::vector<size_t> columns; ///< where each character, and the end, stands in the text with braces; from 1
};

/// All of them, the first brace varying slowest. Throws ProblemError at a brace without its partner, or if there are more
/// than `most`.
std::vector<Expansion> expand_braces(std::string_view text, size_t most = 10'000);

} // namespace normforge
