// SPDX-License-Identifier: MIT
// Control flow of a function: basic blocks, and natural loops from back edges.
#pragma once

#include "tools/normforge/asm/instruction.h"

namespace normforge::assembly {

struct Block {
    size_t begin, end; ///< indices of instructions
    std::vector<size_t> successors;
    std::vector<size_t> predecessors; ///< that can be reached
};

/// Block 0 is the entry; blocks are in the order of their addresses.
std::vector<Block> find_blocks(const std::vector<Instruction> &instructions);

/// Blocks that can be reached, each after its predecessors but for back edges.
std::vector<size_t> reverse_postorder(const std::vector<Block> &blocks);

/// The loops without a loop inside, each as its blocks in the order of their addresses.
std::vector<std::vector<size_t>> innermost_loops(const std::vector<Block> &blocks);

} // namespace normforge::assembly
