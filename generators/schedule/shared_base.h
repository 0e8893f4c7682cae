// SPDX-License-Identifier: MIT
// Where shared memory begins on CUDA, and how much of it launches ask for. Halide 19 counts it from address 0, but from
// compute capability 9.0 on the first 1024 bytes of a block's window are the system's: what ptxas places itself begins at
// 0x400.
#pragma once

#include <Halide.h>

namespace normforge {

/// Bytes at the beginning that are left alone, on all capabilities: the same PTX runs on 8.0, where they are only wasted.
constexpr int kReservedSharedBytes = 1024;

/// When the pipeline is lowered, arrays in shared memory grow by these bytes and everything in them moves up by as much.
/// Launches ask for what the arrays then take: Halide adds that up after custom passes.
void reserve_shared_memory(Halide::Pipeline pipeline);

/// The most bytes of shared memory that a launch of a lowered module asks for; 0 without launches. Throws std::runtime_error
/// if that depends on arguments.
int64_t most_shared_bytes(const Halide::Module &module);

} // namespace normforge
