// SPDX-License-Identifier: MIT
// Innermost loops, sorted by what they access.
#include "tools/normforge/asm/tensor_loops.h"

#include "generators/tuning/targets.h"
#include "runtime/canonical.h"
#include "runtime/operands.h"
#include "tools/normforge/asm/flow.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace normforge::assembly {

namespace {

/// Mask registers that the loop sets from a comparison of its data, or from two such that it joins: they choose between
/// results. Any other mask says which elements there are.
std::set<int> data_masks(const std::vector<Instruction> &instructions) {
    std::set<int> data, other;
    std::vector<const Instruction *> joins;
    for (const Instruction &i : instructions) {
        if (i.operands.empty() || i.operands[0].kind != Operand::Kind::Mask) continue;
        const bool joined = i.starts("kunpck");
        if (joined) joins.push_back(&i);
        (i.packed_arithmetic || joined ? data : other).insert(i.operands[0].number);
    }
    for (const int mask : other) data.erase(mask);
    const auto of_others = [&](const Instruction *join) {
        return std::any_of(join->operands.begin(), join->operands.end(),
                           [&](const Operand &operand) { return data.count(operand.number) == 0; });
    };
    // What a join is made of may be a join.
    for (size_t pass = 0; pass < joins.size(); pass++)
        for (const Instruction *join : joins)
            if (of_others(join)) data.erase(join->operands[0].number);
    return data;
}

class LoopReader {
public:
    LoopReader(const TracedFunction &function, const nf_kernel &kernel)
        : function_(function), kernel_(kernel), blocks_(find_blocks(function.instructions)) {}

    std::vector<TensorLoop> read() const {
        std::vector<TensorLoop> loops;
        for (const std::vector<size_t> &blocks : innermost_loops(blocks_)) {
            TensorLoop loop = read(blocks);
            if (touches_tensors(loop)) loops.push_back(std::move(loop));
        }
        return loops;
    }

private:
    static bool touches_tensors(const TensorLoop &loop) {
        return std::any_of(loop.accesses.begin(), loop.accesses.end(),
                           [](const LoopAccess &access) { return access.to == LoopAccess::To::Tensor; });
    }

    TensorLoop read(const std::vector<size_t> &blocks) const {
        TensorLoop loop{function_.name, TensorLoop::Kind::Reduction, {}, {}};
        std::vector<const Value *> addresses;
        for (const size_t block : blocks)
            for (size_t i = blocks_[block].begin; i < blocks_[block].end; i++) {
                loop.instructions.push_back(function_.instructions[i]);
                addresses.push_back(&function_.addresses[i]);
            }
        const std::set<int> free_masks = data_masks(loop.instructions);
        for (size_t i = 0; i < loop.instructions.size(); i++) {
            if (!loop.instructions[i].accesses_memory) continue;
            loop.accesses.push_back(access(loop.instructions[i], *addresses[i], free_masks));
            loop.accesses.back().instruction = i;
        }
        loop.kind = kind(loop);
        return loop;
    }

    LoopAccess access(const Instruction &instruction, const Value &address, const std::set<int> &free_masks) const {
        LoopAccess access{0, LoopAccess::To::Unknown, NF_ROLE_COUNT, instruction.loads, instruction.stores, false};
        const Region region = address.region();
        if (region.kind == Region::Kind::Data && region.argument < kernel_.role_count) {
            access.role = static_cast<nf_role>(kernel_.roles[region.argument]);
            const bool tensor = kind_of(access.role) == RoleKind::TENSOR;
            access.to = tensor ? LoopAccess::To::Tensor : LoopAccess::To::Array;
        } else if (region.kind == Region::Kind::Stack) {
            access.to = address.offset() ? LoopAccess::To::Slot : LoopAccess::To::Scratch;
        } else if (address.is_plain_number() && address.offset()) {
            access.to = LoopAccess::To::Constant;
        }
        const int mask = instruction.memory_mask;
        access.whole = instruction.memory.bytes >= vector_facts(kernel_).tensor_bytes && !instruction.memory.broadcast &&
                       (mask == 0 || free_masks.count(mask));
        return access;
    }

    static TensorLoop::Kind kind(const TensorLoop &loop) {
        auto kind = TensorLoop::Kind::Reduction;
        for (const LoopAccess &access : loop.accesses) {
            if (access.to != LoopAccess::To::Tensor) continue;
            if (!access.whole) return TensorLoop::Kind::Tail;
            if (access.store) kind = TensorLoop::Kind::Output;
        }
        return kind;
    }

    const TracedFunction &function_;
    const nf_kernel &kernel_;
    std::vector<Block> blocks_;
};

} // namespace

std::map<nf_role, int> TensorLoop::tensor_bytes(bool stored) const {
    std::map<nf_role, int> bytes;
    for (const LoopAccess &access : accesses)
        if (access.to == LoopAccess::To::Tensor && (stored ? access.store : access.load))
            bytes[access.role] += at(access).memory.bytes;
    return bytes;
}

int TensorLoop::slots() const {
    return static_cast<int>(std::count_if(accesses.begin(), accesses.end(),
                                          [](const LoopAccess &access) { return access.to == LoopAccess::To::Slot; }));
}

int TensorLoop::tensor_stores(bool streaming) const {
    return static_cast<int>(std::count_if(accesses.begin(), accesses.end(), [&](const LoopAccess &access) {
        return access.to == LoopAccess::To::Tensor && access.store && at(access).streams == streaming;
    }));
}

VectorFacts vector_facts(const nf_kernel &kernel) {
    const auto dtype = static_cast<nf_dtype>(kernel.dtype);
    const int element = static_cast<int>(element_bytes(dtype)), arithmetic = kernel.statistics64 ? 8 : std::max(element, 4);
    const CompileTarget &target = compile_target(kernel.target);
    const int bytes = target.facts.vector_bytes;
    return {bytes, bytes / arithmetic * element, target.base != nullptr};
}

std::vector<TensorLoop> tensor_loops(const std::vector<TracedFunction> &functions, const nf_kernel &kernel) {
    std::vector<TensorLoop> all;
    for (const TracedFunction &function : functions) {
        std::vector<TensorLoop> loops = LoopReader(function, kernel).read();
        std::move(loops.begin(), loops.end(), std::back_inserter(all));
    }
    return all;
}

} // namespace normforge::assembly
