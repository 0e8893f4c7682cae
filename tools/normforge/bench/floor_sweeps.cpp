// SPDX-License-Identifier: MIT
// Each task is a piece of lines or a channel; threads get neighbouring ones.
#include "tools/normforge/bench/floor_sweeps.h"

#include "tools/normforge/bench/parallel_tasks.h"

#include <algorithm>

namespace normforge::bench {

namespace {

/// Pieces are at most so long: half of what a core's L2 usually holds.
constexpr int64_t kPieceBytes = 512 * 1024;

/// How far ahead a sweep that only reads fetches: further than the processor's own prefetchers look, which stop at a page.
constexpr int64_t kReadAhead = 4096;

/// An even split into pieces, equally many for each thread.
class Pieces {
public:
    Pieces(int64_t bytes, int threads)
        : lines_(bytes / kLineBytes),
          per_thread_(static_cast<int>(std::max<int64_t>(1, (bytes / threads + kPieceBytes - 1) / kPieceBytes))),
          count_(per_thread_ * threads) {}

    int count() const { return count_; }

    /// The piece in the place of another where every thread goes from its last to its first.
    int mirrored(int index) const {
        const int first = index / per_thread_ * per_thread_;
        return first + per_thread_ - 1 - (index - first);
    }

    void run(LineLoop loop, const Lines &lines, int index) const {
        const int64_t begin = lines_ * index / count_, end = lines_ * (index + 1) / count_;
        loop(lines, begin * kLineBytes, (end - begin) * kLineBytes);
    }

private:
    int64_t lines_;
    int per_thread_;
    int count_;
};

void write_pieces(const FloorLines &all, const Pieces &pieces, LineLoop write) {
    parallel_tasks(all.threads, pieces.count(), [&](int index) {
        pieces.run(write, all.lines, index);
        finish_streaming();
    });
}

} // namespace

void sweep_once(const FloorLines &all, LineLoop write) {
    write_pieces(all, Pieces(all.bytes, all.threads), write);
}

void sweep_rows(const FloorLines &all, const FloorLoops &loops) {
    const Pieces pieces(all.bytes, all.threads);
    Lines lines = all.lines;
    lines.ahead = kReadAhead;
    parallel_tasks(all.threads, pieces.count(), [&](int index) { pieces.run(loops.read, lines, pieces.mirrored(index)); });
    write_pieces(all, pieces, loops.write);
}

void sweep_channels(const FloorLines &all, const FloorChannels &channels, const FloorLoops &loops) {
    Lines first = all.lines, second = all.lines;
    first.ahead = kReadAhead;
    second.ahead = channels.run; // the next channel
    parallel_tasks(all.threads, static_cast<int>(channels.count), [&](int channel) {
        const auto run = [&](LineLoop loop, const Lines &lines, int64_t image) {
            // Runs that begin or end within a line leave it to the run after them.
            const auto whole = [&](int64_t at) { return std::min(at / kLineBytes * kLineBytes, all.bytes); };
            const int64_t at = (image * channels.count + channel) * channels.run, begin = whole(at);
            loop(lines, begin, whole(at + channels.run) - begin);
        };
        for (int64_t image = channels.images; image-- > 0;) run(loops.read, first, image);
        for (int64_t image = 0; image < channels.images; image++) run(loops.write, second, image);
        finish_streaming();
    });
}

} // namespace normforge::bench
