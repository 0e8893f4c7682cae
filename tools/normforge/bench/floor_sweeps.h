// SPDX-License-Identifier: MIT
// The sweeps of floors: in which order, in which pieces and by which threads lines are read and written. What was measured
// to get here is in docs/decisions.md.
#pragma once

#include "tools/normforge/bench/stream_lines.h"

namespace normforge::bench {

/// What floors sweep over: the first `bytes`, a multiple of 64, of each array.
struct FloorLines {
    Lines lines;
    int64_t bytes;
    int threads; ///< at most; prepare_threads() was called for them
};

/// The loops of an op that sweeps twice; the second reads all that the first did.
struct FloorLoops {
    LineLoop read;
    LineLoop write;
};

/// Channels or groups of channels whose lines stay in the cache between the sweeps: arrays are [images][count][run bytes].
struct FloorChannels {
    int64_t images, count, run;
};

/// One sweep, that writes.
void sweep_once(const FloorLines &all, LineLoop write);

/// Both sweeps over everything, the first from each thread's last piece to its first, so that the second begins with what is
/// still in the cache.
void sweep_rows(const FloorLines &all, const FloorLoops &loops);

/// Both sweeps over the images of one channel or group, then the next.
void sweep_channels(const FloorLines &all, const FloorChannels &channels, const FloorLoops &loops);

} // namespace normforge::bench
