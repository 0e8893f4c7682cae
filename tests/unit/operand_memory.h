// SPDX-License-Identifier: MIT
// Memory for every operand of a plan, those that it ignores included, so that tests can say what changed and what did not.
#pragma once

#include "runtime/operand_checks.h"
#include <map>
#include <string>
#include <vector>

namespace normforge::unit {

class OperandMemory {
public:
    /// Fills everything with small numbers that depend on operand and index. `tensors` then points to all of it.
    OperandMemory(const nf_description &description, const nf_plan *plan);
    OperandMemory(const OperandMemory &) = delete;
    OperandMemory &operator=(const OperandMemory &) = delete;

    nf_tensors tensors;

    /// The elements of an operand in the order of their indices, the last axis running fastest.
    std::vector<double> values(OperandId id) const;
    void set(OperandId id, const std::vector<double> &values);

    /// Makes an output the same tensor as an input, whose values it gets.
    void alias(OperandId output, OperandId input);

    /// Every byte there is: of operands, gaps and workspace.
    std::string bytes() const;
    std::string bytes_of(OperandId id) const;

    /// Whether nothing was written past the end of the workspace.
    bool workspace_intact() const;

private:
    struct Block {
        std::vector<unsigned char> memory; ///< more than the operand takes
        unsigned char *first = nullptr;    ///< the element whose indices are all 0
        nf_dtype dtype{};
        nf_layout layout{}; ///< of tensors; of channel arrays one axis
    };

    void allocate(OperandId id);
    unsigned char *element(const Block &block, int64_t index) const;
    const Block &block(OperandId id) const { return blocks_.at(aliases_.count(id) ? aliases_.at(id) : id); }

    CheckedProblem problem_;
    std::map<OperandId, Block> blocks_;
    std::map<OperandId, OperandId> aliases_;
    std::vector<unsigned char> workspace_;
};

} // namespace normforge::unit
