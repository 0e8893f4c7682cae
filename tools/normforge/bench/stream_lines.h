// SPDX-License-Identifier: MIT
// The loops behind baselines and floors: whole cache lines from some arrays to others, with no other work than combining
// them.
#pragma once

#include <cstdint>

namespace normforge::bench {

inline constexpr int64_t kLineBytes = 64;
inline constexpr int kMostReads = 3, kMostWrites = 2;

/// Whether there are loops written for the vectors of this architecture.
#if defined(__x86_64__)
inline constexpr bool kVectorLoops = true;
#else
inline constexpr bool kVectorLoops = false;
#endif

struct Lines {
    uint8_t *reads[kMostReads];
    uint8_t *writes[kMostWrites]; ///< multiples of 64; every one gets the exclusive or of what is read
    int64_t ahead = 0;            ///< what loops that fetch bring into the cache lies so many bytes further
};

/// Runs over `bytes`, a multiple of 64, from an offset on.
using LineLoop = void (*)(const Lines &lines, int64_t begin, int64_t bytes);

struct LineLoops {
    const char *name; ///< "avx512, non-temporal stores"
    LineLoop loop;
};

/// The widest that this machine has, for so many arrays, of those read the first `fetches` fetched. With none written it
/// only reads. Throws std::logic_error if there is no such loop.
LineLoops widest_loop(int reads, int writes, bool streaming, int fetches = 0);

/// Ends a task whose loop streamed: only then do others see what it wrote.
void finish_streaming();

} // namespace normforge::bench
