// SPDX-License-Identifier: MIT
// What must hold of every compiled kernel that users run.
#pragma once

#include "tools/normforge/asm/tensor_loops.h"

#include <map>
#include <set>

namespace normforge::audit {

enum class Property {
    Understood,    ///< every access in a loop over tensors is known to be one to a tensor, an array, the stack or a constant
    Sweeps,        ///< each sweep over tensors has a loop that takes whole vectors
    Width,         ///< such loops compute in full registers of the target, nothing in scalars
    WholeLoads,    ///< arm-64: each load or store of a tensor in such loops moves 16 bytes, in one register or two
    Pairs,         ///< arm-64: where such a loop takes several registers of a tensor, most come in pairs (ldp, stp, stnp)
    Density,       ///< arm-64: such loops move enough bytes of tensors per instruction
    NoGathers,     ///< nor scatters, in the whole kernel; no vector is put together element by element in such loops
    NoElementWalk, ///< a loop that takes elements, or parts of vectors, only ends what another loop does in whole vectors
    PlainLoads,    ///< output loops over rows load without a mask: no load waits for what another one brings
    NoSpills,      ///< loops that reduce keep their values in registers
    Halves,        ///< f16 is converted by the target's own instructions where hot loops compute, and nothing computes in it
    Bf16,          ///< hot loops round to bf16 by the instruction that the target is named after, and no other target has it
    StorePolicy,   ///< a stream kernel's output loops bypass the cache with every store, a cached kernel never does
};

/// Texts that name the kernel and the loop, by the property that does not hold.
using Complaints = std::map<Property, std::vector<std::string>>;

/// Adds what is wrong with a kernel.
void check(const assembly::CodeFile &file, const nf_kernel &kernel, Complaints &complaints);

/// Which properties do not hold.
std::set<Property> faults_of(const assembly::CodeFile &file, const nf_kernel &kernel);

} // namespace normforge::audit
