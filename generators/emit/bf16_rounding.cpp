// SPDX-License-Identifier: MIT
// Finds the vectors that store_bf16() and store_fitting_bf16() of generators/algorithm/element_type.cpp round.
#include "generators/emit/bf16_rounding.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/PatternMatch.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include <numeric>

namespace normforge {

using namespace llvm;

namespace {

constexpr unsigned kFloats = 16; ///< of a register

/// What an instruction rounds to a register of bf16; null if it is another instruction.
Value *rounded_floats(Instruction &instruction) {
    using namespace PatternMatch;
    constexpr unsigned kBits = 16;
    const auto *type = dyn_cast<FixedVectorType>(instruction.getType());
    if (!type || !type->getElementType()->isIntegerTy(kBits) || type->getNumElements() != 2 * kFloats) return nullptr;
    FCmpInst::Predicate predicate{};
    Value *floats = nullptr;
    Value *whole = nullptr;
    if (!match(&instruction, m_Trunc(m_LShr(m_Value(whole), m_SpecificInt(kBits))))) return nullptr;
    const auto is_nan = m_FCmp(predicate, m_Value(floats), m_Value());
    constexpr unsigned kHalf = 1u << (kBits - 1);
    const auto half = m_Select(m_Value(), m_SpecificInt(kHalf - 1), m_SpecificInt(kHalf)); // LLVM asks for 0
    const bool looks_for_nan = match(whole, m_Select(is_nan, m_Value(), m_Value())) && predicate == FCmpInst::FCMP_UNO;
    const bool rounds = looks_for_nan || match(whole, m_c_Add(m_BitCast(m_Value(floats)), half));
    return rounds && floats->getType()->getScalarType()->isFloatTy() ? floats : nullptr;
}

/// Moves to the front of a block what it alone uses of the block before.
void sink_into(BasicBlock &block, BasicBlock &before) {
    const auto used_here = [&](const Instruction &instruction) {
        return !instruction.use_empty() &&
               all_of(instruction.users(), [&](const User *user) { return cast<Instruction>(user)->getParent() == &block; });
    };
    for (bool moved = true; moved;) {
        moved = false;
        for (Instruction &instruction : block) {
            for (Value *operand : instruction.operands()) {
                auto *definition = dyn_cast<Instruction>(operand);
                if (!definition || isa<PHINode>(definition) || definition->getParent() != &before ||
                    definition->mayReadOrWriteMemory() || !used_here(*definition))
                    continue;
                definition->moveBefore(&*block.begin());
                moved = true;
            }
            if (moved) break;
        }
    }
}

void round_in_hardware(Instruction &exact, Value *floats) {
    IRBuilder<> builder(&exact);
    const auto half = [&](unsigned begin) {
        SmallVector<int, kFloats> lanes(kFloats);
        std::iota(lanes.begin(), lanes.end(), static_cast<int>(begin));
        return builder.CreateShuffleVector(floats, lanes);
    };
    Value *low = half(0), *high = half(kFloats);
    const auto subnormal = [&](Value *lanes) {
        constexpr uint32_t kSubnormal = 1u << 5; // of the classes of vfpclassps
        return builder.CreateIntrinsic(Intrinsic::x86_avx512_fpclass_ps_512, {}, {lanes, builder.getInt32(kSubnormal)});
    };
    Value *some = builder.CreateBitCast(builder.CreateOr(subnormal(low), subnormal(high)), builder.getInt16Ty());
    Value *found = builder.CreateICmpNE(some, builder.getInt16(0));
    Value *rounded = builder.CreateIntrinsic(Intrinsic::x86_avx512bf16_cvtne2ps2bf16_512, {}, {high, low});
    rounded = builder.CreateBitCast(rounded, exact.getType());

    BasicBlock *before = exact.getParent();
    MDNode *unlikely = MDBuilder(exact.getContext()).createBranchWeights(1, 1u << 20);
    Instruction *end = SplitBlockAndInsertIfThen(found, exact.getIterator(), false, unlikely);
    BasicBlock *exactly = end->getParent(), *after = exact.getParent();
    exact.moveBefore(end);
    sink_into(*exactly, *before);
    builder.SetInsertPoint(after, after->begin());
    PHINode *result = builder.CreatePHI(exact.getType(), 2);
    exact.replaceAllUsesWith(result);
    result->addIncoming(&exact, exactly);
    result->addIncoming(rounded, before);
}

} // namespace

void round_bf16_in_hardware(Module &module) {
    for (Function &function : module) {
        std::vector<std::pair<Instruction *, Value *>> found;
        for (Instruction &instruction : instructions(function)) {
            if (Value *floats = rounded_floats(instruction)) found.emplace_back(&instruction, floats);
        }
        if (found.empty()) continue;
        const std::string features = function.getFnAttribute("target-features").getValueAsString().str();
        function.addFnAttr("target-features", features + ",+avx512bf16");
        for (const auto &[instruction, floats] : found) round_in_hardware(*instruction, floats);
    }
}

} // namespace normforge
