// SPDX-License-Identifier: MIT
// The generators' column of the target table in runtime/targets.h: how Halide spells a target, and the facts that schedules
// and defaults are computed from. No Halide.
#pragma once

#include <string>
#include <vector>

namespace normforge {

/// What runs a target's loops, if not the CPU.
enum class Gpu { None, Cuda, OpenCl };

/// What a GPU loads at once, and the elements of it.
constexpr int kGpuVectorBytes = 16;

constexpr int gpu_vector(int element_bytes) {
    return kGpuVectorBytes / element_bytes;
}

struct TargetFacts {
    int vector_bytes;              ///< width of a vector register
    int vector_registers;          ///< number of vector registers
    bool masked_loads;             ///< loads of some elements of a vector, by a mask
    bool converts_halves_on_store; ///< one instruction rounds f32 to f16 and stores
    bool streams_pairs = false;    ///< streaming stores are of two whole registers
    Gpu gpu = Gpu::None;           ///< then the facts above are those of a thread
};

struct CompileTarget {
    const char *name;   ///< as in runtime/targets.h
    const char *halide; ///< architecture, system and features in Halide's words
    TargetFacts facts;
    const char *base = nullptr; ///< the target that this one is but for rounding to bf16, which here is one instruction
};

/// Targets that have a schedule, best first.
const std::vector<CompileTarget> &compile_targets();

/// The one with this name. Throws std::invalid_argument that lists the choices.
const CompileTarget &compile_target(const std::string &name);

/// The base of a target that has one, else the target itself. It names the tuning database and the journal of both: they
/// have the same parameters, most of their kernels are the same, and an entry's device says which of the two it is of.
std::string family_of(const std::string &name);

} // namespace normforge
