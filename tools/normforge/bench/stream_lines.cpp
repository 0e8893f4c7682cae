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

/// The loops of one instruction set, by arrays read and written.
template <typename Loops>
LineLoop pick(int reads, int writes) {
    if (reads == 1 && writes == 1) return Loops::template run<1, 1>;
    if (reads == 2 && writes == 1) return Loops::template run<2, 1>;
    if (reads == 3 && writes == 1) return Loops::template run<3, 1>;
    if (reads == 2 && writes == 2) return Loops::template run<2, 2>;
    if (reads == 3 && writes == 2) return Loops::template run<3, 2>;
    throw std::logic_error("no loop for so many arrays");
}

#if defined(__x86_64__)
// One definition for each vector width and kind of store. The compiler accepts intrinsics only in functions of their target,
// so a template parameter cannot choose it.
#define NF_LINE_LOOPS(name, features, vector, load, store, exclusive_or, finish)                                            \
    struct name {                                                                                                           \
        using Vector = vector;                                                                                              \
        template <int Reads, int Writes>                                                                                    \
        __attribute__((target(features))) static void run(const Lines &lines, int64_t begin, int64_t bytes) {               \
            const Lines l = lines;                                                                                          \
            for (int64_t i = begin; i < begin + bytes; i += kLineBytes) {                                                   \
                for (int64_t j = i; j < i + kLineBytes; j += int64_t{sizeof(Vector)}) {                                     \
                    Vector value = load(reinterpret_cast<const Vector *>(l.reads[0] + j));                                  \
                    for (int k = 1; k < Reads; k++) {                                                                       \
                        value = exclusive_or(value, load(reinterpret_cast<const Vector *>(l.reads[k] + j)));                \
                    }                                                                                                       \
                    for (int k = 0; k < Writes; k++) store(reinterpret_cast<Vector *>(l.writes[k] + j), value);             \
                }                                                                                                           \
            }                                                                                                               \
            finish();                                                                                                       \
        }                                                                                                                   \
    };

inline void nothing() {}
#define NF_BOTH_STORES(name, features, vector, bits, register_bits)                                                         \
    NF_LINE_LOOPS(name##Cached, features, vector, _mm##bits##_loadu_si##register_bits, _mm##bits##_store_si##register_bits, \
                  _mm##bits##_xor_si##register_bits, nothing)                                                               \
    NF_LINE_LOOPS(name##Streaming, features, vector, _mm##bits##_loadu_si##register_bits,                                   \
                  _mm##bits##_stream_si##register_bits, _mm##bits##_xor_si##register_bits, _mm_sfence)

NF_BOTH_STORES(Sse2, "sse2", __m128i, , 128)
NF_BOTH_STORES(Avx2, "avx2", __m256i, 256, 256)
NF_BOTH_STORES(Avx512, "avx512f", __m512i, 512, 512)
#undef NF_BOTH_STORES
#undef NF_LINE_LOOPS
#else
struct Plain {
    template <int Reads, int Writes>
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

LineLoops widest_loop(int reads, int writes, bool streaming) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        if (streaming) return {"avx512, non-temporal stores", pick<Avx512Streaming>(reads, writes)};
        return {"avx512, plain stores", pick<Avx512Cached>(reads, writes)};
    }
    if (__builtin_cpu_supports("avx2")) {
        if (streaming) return {"avx2, non-temporal stores", pick<Avx2Streaming>(reads, writes)};
        return {"avx2, plain stores", pick<Avx2Cached>(reads, writes)};
    }
    if (streaming) return {"sse2, non-temporal stores", pick<Sse2Streaming>(reads, writes)};
    return {"sse2, plain stores", pick<Sse2Cached>(reads, writes)};
#else
    static_cast<void>(streaming);
    return {"plain stores", pick<Plain>(reads, writes)};
#endif
}

} // namespace normforge::bench
