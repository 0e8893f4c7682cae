// SPDX-License-Identifier: MIT
// Follows addresses through a kernel, from void *arguments[] over buffers, stack and closures of parallel tasks to the
// instructions that access a tensor.
#pragma once

#include "tools/normforge/asm/code_file.h"
#include "tools/normforge/asm/value.h"

namespace normforge::assembly {

/// One function of a kernel: its instructions, and where each one's memory operand points.
struct TracedFunction {
    std::string name;
    std::vector<Instruction> instructions;
    std::vector<Value> addresses; ///< by instruction; of no meaning where no memory is accessed
};

/// The functions of a kernel: `symbol` first, then those it calls or runs in parallel.
std::vector<TracedFunction> trace(const CodeFile &file, const std::string &symbol);

} // namespace normforge::assembly
