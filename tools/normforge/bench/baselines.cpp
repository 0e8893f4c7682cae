// SPDX-License-Identifier: MIT
// The reference that no implementation can beat when tensors come from memory: a streaming copy of x to y (forward) or a
// streaming triad of x and dy to dx (backward), the least traffic of the op with no other work. Split over the library's own
// pool, as kernels are.
#include "runtime/ops.h"
#include "runtime/threads.h"
#include "tests/support/canonical.h"
#include "tools/normforge/bench/competitor.h"

#include <algorithm>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace normforge::bench {

namespace {

/// Both loops work on whole cache lines; what is before the first and after the last is done element by element.
constexpr int64_t kLineFloats = 16;
constexpr float kTriadFactor = 0.5f;

/// Lines of the output; `output` is a multiple of 64 bytes, the inputs need not be.
struct LineLoops {
    const char *name;
    void (*copy)(const float *x, float *y, int64_t lines);
    void (*triad)(const float *x, const float *dy, float *dx, int64_t lines);
};

#if defined(__x86_64__)
// One definition of both loops for each vector width. The compiler accepts intrinsics only in functions of their target, so
// a template cannot do it.
#define NF_LINE_LOOPS(isa, features, width, load, stream, multiply, add, set1)                                              \
    __attribute__((target(features))) void copy_##isa(const float *x, float *y, int64_t lines) {                            \
        for (int64_t i = 0; i < lines * kLineFloats; i += kLineFloats) {                                                    \
            for (int64_t j = i; j < i + kLineFloats; j += (width)) stream(y + j, load(x + j));                              \
        }                                                                                                                   \
        _mm_sfence();                                                                                                       \
    }                                                                                                                       \
    __attribute__((target(features))) void triad_##isa(const float *x, const float *dy, float *dx, int64_t lines) {         \
        const auto factor = set1(kTriadFactor);                                                                             \
        for (int64_t i = 0; i < lines * kLineFloats; i += kLineFloats) {                                                    \
            for (int64_t j = i; j < i + kLineFloats; j += (width)) {                                                        \
                stream(dx + j, add(load(dy + j), multiply(factor, load(x + j))));                                           \
            }                                                                                                               \
        }                                                                                                                   \
        _mm_sfence();                                                                                                       \
    }

NF_LINE_LOOPS(sse2, "sse2", 4, _mm_loadu_ps, _mm_stream_ps, _mm_mul_ps, _mm_add_ps, _mm_set1_ps)
NF_LINE_LOOPS(avx2, "avx2", 8, _mm256_loadu_ps, _mm256_stream_ps, _mm256_mul_ps, _mm256_add_ps, _mm256_set1_ps)
NF_LINE_LOOPS(avx512, "avx512f", 16, _mm512_loadu_ps, _mm512_stream_ps, _mm512_mul_ps, _mm512_add_ps, _mm512_set1_ps)
#undef NF_LINE_LOOPS

LineLoops widest_loops() {
    if (__builtin_cpu_supports("avx512f")) return {"avx512, non-temporal stores", copy_avx512, triad_avx512};
    if (__builtin_cpu_supports("avx2")) return {"avx2, non-temporal stores", copy_avx2, triad_avx2};
    return {"sse2, non-temporal stores", copy_sse2, triad_sse2};
}
#else
void copy_plain(const float *x, float *y, int64_t lines) {
    std::copy_n(x, lines * kLineFloats, y);
}

void triad_plain(const float *x, const float *dy, float *dx, int64_t lines) {
    for (int64_t i = 0; i < lines * kLineFloats; i++) dx[i] = dy[i] + kTriadFactor * x[i];
}

LineLoops widest_loops() {
    return {"plain stores", copy_plain, triad_plain};
}
#endif

class Baseline final : public Competitor {
public:
    Baseline(const Problem &problem, const Operands &operands, int threads)
        : Competitor(writes_y(problem.description.op) ? "copy" : "triad"),
          operands_(operands),
          elements_(Geometry(problem).elements),
          loops_(widest_loops()) {
        threads_ = Geometry(problem).traffic_bytes < kSerialBytes ? 1 : threads;
        prepare_threads(threads_);
    }

    std::string implementation() const override { return loops_.name; }

    void run(size_t slot) override {
        slot_ = operands_.slot(slot);
        // Lines of the output begin at its first multiple of 64 bytes.
        const auto misaligned =
            static_cast<int64_t>(reinterpret_cast<uintptr_t>(slot_.output()) / sizeof(float)) % kLineFloats;
        first_line_ = std::min(elements_, (kLineFloats - misaligned) % kLineFloats);
        lines_ = (elements_ - first_line_) / kLineFloats;
        run_elements(0, first_line_);
        run_elements(first_line_ + lines_ * kLineFloats, elements_);
        const ThreadLimit limit(threads_);
        kernel_host()->parallel_for(run_piece, 0, pieces(), reinterpret_cast<uint8_t *>(this));
    }

private:
    /// Some more pieces than threads, so that a thread that lost its core for a while does not hold up the others.
    int pieces() const { return threads_ == 1 ? 1 : 4 * threads_; }

    static int run_piece(void *, int index, uint8_t *closure) {
        auto &self = *reinterpret_cast<Baseline *>(closure);
        const int64_t begin = self.lines_ * index / self.pieces();
        const int64_t end = self.lines_ * (index + 1) / self.pieces();
        const int64_t element = self.first_line_ + begin * kLineFloats;
        const Slot &slot = self.slot_;
        if (slot.y) {
            self.loops_.copy(slot.x + element, slot.y + element, end - begin);
        } else {
            self.loops_.triad(slot.x + element, slot.dy + element, slot.dx + element, end - begin);
        }
        return 0;
    }

    void run_elements(int64_t begin, int64_t end) const {
        for (int64_t i = begin; i < end; i++) {
            slot_.output()[i] = slot_.y ? slot_.x[i] : slot_.dy[i] + kTriadFactor * slot_.x[i];
        }
    }

    const Operands &operands_;
    int64_t elements_;
    LineLoops loops_;
    int threads_ = 1;
    Slot slot_;
    int64_t first_line_ = 0;
    int64_t lines_ = 0;
};

} // namespace

std::unique_ptr<Competitor> make_baseline(const Problem &problem, const Operands &operands, int threads) {
    return std::make_unique<Baseline>(problem, operands, threads);
}

} // namespace normforge::bench
