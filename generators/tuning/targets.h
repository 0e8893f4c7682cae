// SPDX-License-Identifier: MIT
// The generators' column of the target table in runtime/targets.h: how Halide spells a target, and the facts that schedules
// and defaults are computed from. No Halide.
#pragma once

#include <string>
#include <vector>

namespace normforge {

struct TargetFacts {
    int vector_bytes;              ///< width of a vector register
    int vector_registers;          ///< number of vector registers
    bool masked_loads;             ///< loads of some elements of a vector, by a mask
    bool converts_halves_on_store; ///< one instruction rounds f32 to f16 and stores
    bool streams_pairs = false;    ///< streaming stores are of two whole registers
    bool rounds_to_bf16 = false;   ///< one instruction rounds two registers of f32 to one of bf16
};

struct CompileTarget {
    const char *name;   ///< as in runtime/targets.h
    const char *halide; ///< architecture, system and features in Halide's words
    TargetFacts facts;
    const char *base = nullptr; ///< the target whose code this one's is, but where it rounds to bf16
};

/// Targets that have a schedule, best first.
const std::vector<CompileTarget> &compile_targets();

/// The target that a target's code is that of, but where it rounds to bf16; "" if there is none.
std::string base_target(const std::string &name);

/// The one with this name. Throws std::invalid_argument that lists the choices.
const CompileTarget &compile_target(const std::string &name);

} // namespace normforge
