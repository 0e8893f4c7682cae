// SPDX-License-Identifier: MIT
// Exclusive or rather than STREAM's multiply-add: it costs no more, and any bits may be combined, also those of 16-bit
// types.
#include "tools/normforge/bench/stream_lines.h"

#include <stdexcept>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace normforge::bench {

namespace {

struct NumberedLoop {
    int reads, writes, fetches;
    LineLoop loop;
};

template <typename Loops, int Reads, int Writes, int Fetches>
constexpr NumberedLoop numbered() {
    return {Reads, Writes, Fetches, Loops::template run<Reads, Writes, Fetches>};
}

/// The loops of one instruction set, by arrays read, written and fetched: those of copy and triad, then the others of
/// floors.
template <typename Loops>
LineLoop pick(int reads, int writes, int fetches) {
    static constexpr NumberedLoop kLoops[] = {
        numbered<Loops, 1, 1, 0>(), numbered<Loops, 2, 1, 0>(), numbered<Loops, 3, 1, 0>(), numbered<Loops, 2, 2, 0>(),
        numbered<Loops, 3, 2, 0>(), numbered<Loops, 1, 0, 1>(), numbered<Loops, 2, 0, 2>(), numbered<Loops, 3, 0, 3>(),
        numbered<Loops, 1, 1, 1>(), numbered<Loops, 2, 1, 1>(), numbered<Loops, 2, 1, 2>(), numbered<Loops, 3, 1, 3>(),
    };
    for (const NumberedLoop &one : kLoops)
        if (one.reads == reads && one.writes == writes && one.fetches == fetches) return one.loop;
    throw std::logic_error("no loop for so many arrays");
}

#if defined(__x86_64__)
// One definition for each vector width and kind of store. The compiler accepts intrinsics only in functions of their target,
// so a template parameter cannot choose it.
#define NF_LINE_LOOPS(name, features, vector, load, store, exclusive_or)                                                    \
    struct name {                                                                                                           \
        using Vector = vector;                                                                                              \
        template <int Reads, int Writes, int Fetches>                                                                       \
        __attribute__((target(features))) static void run(const Lines &lines, int64_t begin, int64_t bytes) {               \
            const Lines l = lines;                                                                                          \
            for (int64_t i = begin; i < begin + bytes; i += kLineBytes) {                                                   \
                for (int k = 0; k < Fetches; k++) __builtin_prefetch(l.reads[k] + i + l.ahead);                             \
                for (int64_t j = i; j < i + kLineBytes; j += int64_t{sizeof(Vector)}) {                                     \
                    Vector value = load(reinterpret_cast<const Vector *>(l.reads[0] + j));                                  \
                    for (int k = 1; k < Reads; k++) {                                                                       \
                        value = exclusive_or(value, load(reinterpret_cast<const Vector *>(l.reads[k] + j)));                \
                    }                                                                                                       \
                    for (int k = 0; k < Writes; k++) store(reinterpret_cast<Vector *>(l.writes[k] + j), value);             \
                    if (Writes == 0) __asm__ volatile("" : : "x"(value)); /* it counts as used */                           \
                }                                                                                                           \
            }                                                                                                               \
        }                                                                                                                   \
    };

#define NF_BOTH_STORES(name, features, vector, bits, register_bits)                                                         \
    NF_LINE_LOOPS(name##Cached, features, vector, _mm##bits##_loadu_si##register_bits, _mm##bits##_store_si##register_bits, \
                  _mm##bits##_xor_si##register_bits)                                                                        \
    NF_LINE_LOOPS(name##Streaming, features, vector, _mm##bits##_loadu_si##register_bits,                                   \
                  _mm##bits##_stream_si##register_bits, _mm##bits##_xor_si##register_bits)

NF_BOTH_STORES(Sse2, "sse2", __m128i, , 128)
NF_BOTH_STORES(Avx2, "avx2", __m256i, 256, 256)
NF_BOTH_STORES(Avx512, "avx512f", __m512i, 512, 512)
#undef NF_BOTH_STORES
#undef NF_LINE_LOOPS
#else
struct Plain {
    template <int Reads, int Writes, int>
    static void run(const Lines &lines, int64_t begin, int64_t bytes) {
        for (int64_t i = begin; i < begin + bytes; i++) {
            uint8_t value = lines.reads[0][i];
            for (int k = 1; k < Reads; k++) value ^= lines.reads[k][i];
            for (int k = 0; k < Writes; k++) lines.writes[k][i] = value;
        }
    }
};
#endif

} // namespace

LineLoops widest_loop(int reads, int writes, bool streaming, int fetches) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        if (streaming) return {"avx512, non-temporal stores", pick<Avx512Streaming>(reads, writes, fetches)};
        return {"avx512, plain stores", pick<Avx512Cached>(reads, writes, fetches)};
    }
    if (__builtin_cpu_supports("avx2")) {
        if (streaming) return {"avx2, non-temporal stores", pick<Avx2Streaming>(reads, writes, fetches)};
        return {"avx2, plain stores", pick<Avx2Cached>(reads, writes, fetches)};
    }
    if (streaming) return {"sse2, non-temporal stores", pick<Sse2Streaming>(reads, writes, fetches)};
    return {"sse2, plain stores", pick<Sse2Cached>(reads, writes, fetches)};
#else
    static_cast<void>(streaming);
    return {"plain stores", pick<Plain>(reads, writes, fetches)};
#endif
}

void finish_streaming() {
#if defined(__x86_64__)
    _mm_sfence();
#endif
}

} // namespace normforge::bench
