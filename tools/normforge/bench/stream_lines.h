// SPDX-License-Identifier: MIT
// The loops behind the baselines: whole cache lines from some arrays to others, with no other work than combining them.
#pragma once

#include <cstdint>

namespace normforge::bench {

inline constexpr int64_t kLineBytes = 64;
inline constexpr int kMostReads = 3, kMostWrites = 2;

struct Lines {
    uint8_t *reads[kMostReads];
    uint8_t *writes[kMostWrites]; ///< multiples of 64; every one gets the exclusive or of what is read
};

/// Runs over `bytes`, a multiple of 64, from an offset on.
using LineLoop = void (*)(const Lines &lines, int64_t begin, int64_t bytes);

struct LineLoops {
    const char *name; ///< "avx512, non-temporal stores"
    LineLoop loop;
};

/// The widest that this machine has, for so many arrays. Throws std::logic_error if there is no such loop.
LineLoops widest_loop(int reads, int writes, bool streaming);

} // namespace normforge::bench
