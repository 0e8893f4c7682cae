// SPDX-License-Identifier: MIT
// What the emitter changes in the loads and stores that Halide wrote, and in what LLVM made of their conversions. Halide
// gives every access a TBAA node named after its buffer, optionally followed by ".widthN.baseM".
#pragma once

#include <llvm/IR/Module.h>

#include <set>
#include <string>

namespace normforge {

/// Marks the vector stores to `buffers` as non-temporal; Halide 19 has no directive for it (22 will have stream_stores()).
/// On x86 only stores of whole vectors whose proven alignment is at least their size: others would become sprays of narrow
/// stores; every function that holds one then ends with an sfence, because streaming stores are weakly ordered. On ARM only
/// pairs of registers, in which adjacent stores are joined. Returns the number marked.
int mark_streaming_stores(llvm::Module &module, const std::set<std::string> &buffers);

/// Lets vector loads from `buffers` assume no more than the alignment of an element. Halide 19 takes an output that it reads
/// again for an allocation of its own, aligned to a vector; the caller's arrays are aligned to their elements.
void assume_element_alignment(llvm::Module &module, const std::set<std::string> &buffers);

/// Halide asks for non-temporal prefetches, which leave the L2 cache out.
void prefetch_into_all_caches(llvm::Module &module);

/// LLVM turns comparisons of widened f16 values into comparisons of f16 vectors, which no x86 of ours has: they would run
/// element by element.
void compare_halves_as_floats(llvm::Module &module);

/// With AVX-512, one permutation (vpermt2w) takes the upper halves of two vectors of 32-bit integers, as when bf16 is
/// stored; of a shift and a truncation LLVM makes seven. AVX2 packs them as well without.
void take_upper_halves(llvm::Module &module);

/// AVX-512 can load under a mask, and LLVM does so where a loaded vector or zero is selected, as dy is by ReLU's derivative.
/// Such a load waits for what the mask is made of, itself loaded. Keeps the two apart in loops that write, so that both are
/// under way at once: backward with ReLU, nhwc, in memory and L3 f32 1.04 to 1.5, f16 1.15 to 1.45 times as fast, in L2 0.96
/// to 1.06. Where little is waited for, it is an instruction more: loops that sum 0.66 to 1.00 times as fast, and loops of
/// other kernels than those `of_rows`, which write while a channel is in cache, f32 0.90 to 1.01. Of those only loops of one
/// vector at a time are changed, in which small planes end: 7x7 of one image, in memory, f32 1.14 to 2.2 and f16 1.15 to 1.3
/// times as fast (why so much, is not known: how stores and loads lie to each other in a page does not matter).
void load_before_selecting(llvm::Module &module, bool of_rows);

} // namespace normforge
