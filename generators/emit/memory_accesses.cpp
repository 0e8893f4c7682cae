// SPDX-License-Identifier: MIT
// Passes over the instructions of a module.
#include "generators/emit/memory_accesses.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/PatternMatch.h>
#include <llvm/TargetParser/Triple.h>

#include <numeric>

namespace normforge {

using namespace llvm;

namespace {

/// Name of the buffer an instruction accesses, empty if Halide did not say.
StringRef buffer_of(const Instruction &instruction) {
    const MDNode *access = instruction.getMetadata(LLVMContext::MD_tbaa);
    if (!access || access->getNumOperands() == 0) return {};
    const auto *type = dyn_cast<MDNode>(access->getOperand(0));
    if (!type || type->getNumOperands() == 0) return {};
    const auto *name = dyn_cast<MDString>(type->getOperand(0));
    return name ? name->getString().split('.').first : StringRef();
}

/// x86 streams whole aligned vectors, NEON whole pairs of registers at any address.
bool can_stream(const StoreInst &store, const DataLayout &layout, bool x86) {
    constexpr uint64_t kPairBytes = 32;
    Type *type = store.getValueOperand()->getType();
    const uint64_t bytes = layout.getTypeStoreSize(type).getFixedValue();
    return type->isVectorTy() && (x86 ? store.getAlign().value() >= bytes : bytes == kPairBytes);
}

/// Whether `second` begins where `first` ends.
bool adjacent(const StoreInst &first, const StoreInst &second, const DataLayout &layout) {
    const auto place = [&](const StoreInst &store) {
        APInt offset(layout.getIndexTypeSizeInBits(store.getPointerOperandType()), 0);
        const Value *base = store.getPointerOperand()->stripAndAccumulateConstantOffsets(layout, offset, true);
        return std::pair(base, offset.getSExtValue());
    };
    const auto [base, begin] = place(first);
    const auto [other_base, other_begin] = place(second);
    const auto bytes = static_cast<int64_t>(layout.getTypeStoreSize(first.getValueOperand()->getType()).getFixedValue());
    return base == other_base && begin + bytes == other_begin;
}

/// NEON streams pairs of registers only (stnp): each two adjacent stores of a buffer become one store of twice the vector,
/// at the place of the later. Nothing between them reads what the first one writes: an output in place of an input has the
/// same elements in the same places.
void pair_stores(Function &function, const std::set<std::string> &buffers, const DataLayout &layout) {
    for (BasicBlock &block : function) {
        StoreInst *first = nullptr;
        for (Instruction &instruction : make_early_inc_range(block)) {
            auto *second = dyn_cast<StoreInst>(&instruction);
            if (!second || !second->getValueOperand()->getType()->isVectorTy() ||
                buffers.count(buffer_of(*second).str()) == 0)
                continue;
            Value *value = second->getValueOperand();
            if (first && first->getValueOperand()->getType() == value->getType() && adjacent(*first, *second, layout)) {
                IRBuilder<> builder(second);
                SmallVector<int, 32> all(2 * cast<FixedVectorType>(value->getType())->getNumElements());
                std::iota(all.begin(), all.end(), 0);
                Value *both = builder.CreateShuffleVector(first->getValueOperand(), value, all);
                StoreInst *pair = builder.CreateAlignedStore(both, first->getPointerOperand(), first->getAlign());
                pair->copyMetadata(*first);
                first->eraseFromParent();
                second->eraseFromParent();
                first = nullptr;
            } else {
                first = second;
            }
        }
    }
}

void fence_returns(Function &function) {
    for (BasicBlock &block : function) {
        if (auto *ret = dyn_cast<ReturnInst>(block.getTerminator())) {
            IRBuilder<>(ret).CreateIntrinsic(Intrinsic::x86_sse_sfence, {}, {});
        }
    }
}

} // namespace

int mark_streaming_stores(Module &module, const std::set<std::string> &buffers) {
    LLVMContext &context = module.getContext();
    MDNode *one = MDNode::get(context, ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(context), 1)));
    const bool x86 = Triple(module.getTargetTriple()).isX86();
    int marked = 0;
    for (Function &function : module) {
        int marked_before = marked;
        if (!x86) pair_stores(function, buffers, module.getDataLayout());
        for (BasicBlock &block : function) {
            for (Instruction &instruction : block) {
                auto *store = dyn_cast<StoreInst>(&instruction);
                if (!store || buffers.count(buffer_of(*store).str()) == 0 ||
                    !can_stream(*store, module.getDataLayout(), x86))
                    continue;
                store->setMetadata(LLVMContext::MD_nontemporal, one);
                marked++;
            }
        }
        if (x86 && marked > marked_before) fence_returns(function);
    }
    return marked;
}

void assume_element_alignment(Module &module, const std::set<std::string> &buffers) {
    auto element_size = [&](const Type *type) {
        return Align(module.getDataLayout().getTypeStoreSize(type->getScalarType()).getFixedValue());
    };
    for (Function &function : module) {
        for (Instruction &instruction : instructions(function)) {
            if (!instruction.getType()->isVectorTy() || buffers.count(buffer_of(instruction).str()) == 0) continue;
            if (auto *load = dyn_cast<LoadInst>(&instruction)) load->setAlignment(element_size(load->getType()));
            auto *masked = dyn_cast<IntrinsicInst>(&instruction);
            if (masked && masked->getIntrinsicID() == Intrinsic::masked_load) {
                Type *index = masked->getArgOperand(1)->getType();
                masked->setArgOperand(1, ConstantInt::get(index, element_size(masked->getType()).value()));
            }
        }
    }
}

void prefetch_into_all_caches(Module &module) {
    constexpr unsigned kLocality = 2, kMostLocal = 3;
    for (Function &function : module) {
        for (Instruction &instruction : instructions(function)) {
            auto *call = dyn_cast<IntrinsicInst>(&instruction);
            if (!call || call->getIntrinsicID() != Intrinsic::prefetch) continue;
            call->setArgOperand(kLocality, ConstantInt::get(call->getArgOperand(kLocality)->getType(), kMostLocal));
        }
    }
}

void compare_halves_as_floats(Module &module) {
    for (Function &function : module) {
        for (Instruction &instruction : instructions(function)) {
            auto *compare = dyn_cast<FCmpInst>(&instruction);
            if (!compare || !compare->getOperand(0)->getType()->getScalarType()->isHalfTy()) continue;
            IRBuilder<> builder(compare);
            for (unsigned i = 0; i < 2; i++) {
                Value *half = compare->getOperand(i);
                compare->setOperand(i, builder.CreateFPExt(half, half->getType()->getWithNewType(builder.getFloatTy())));
            }
        }
    }
}

void take_upper_halves(Module &module) {
    using namespace PatternMatch;
    constexpr unsigned kShift = 16;
    for (Function &function : module) {
        if (!function.getFnAttribute("target-features").getValueAsString().contains("+avx512bw")) continue;
        for (Instruction &instruction : make_early_inc_range(instructions(function))) {
            Value *wide = nullptr;
            const auto *vector = dyn_cast<FixedVectorType>(instruction.getType());
            if (!vector || !vector->getElementType()->isIntegerTy(kShift) ||
                !match(&instruction, m_Trunc(m_LShr(m_Value(wide), m_SpecificInt(kShift)))) ||
                !wide->getType()->getScalarType()->isIntegerTy(2 * kShift))
                continue;
            SmallVector<int, 64> upper(vector->getNumElements());
            for (size_t i = 0; i < upper.size(); i++) upper[i] = static_cast<int>(2 * i + 1); // x86 is little-endian
            IRBuilder<> builder(&instruction);
            auto *halves = FixedVectorType::get(vector->getElementType(), 2 * vector->getNumElements());
            instruction.replaceAllUsesWith(builder.CreateShuffleVector(builder.CreateBitCast(wide, halves), upper));
            instruction.eraseFromParent();
        }
    }
}

void load_before_selecting(Module &module, bool of_rows) {
    constexpr unsigned kRegisterBits = 512, kWordBits = 32;
    const auto selects = [](const Instruction &i) { return isa<SelectInst>(i) && i.getOperand(0)->getType()->isVectorTy(); };
    const auto stores = [](const Instruction &i) { return isa<StoreInst>(i) && i.getOperand(0)->getType()->isVectorTy(); };
    for (Function &function : module) {
        if (!function.getFnAttribute("target-features").getValueAsString().contains("+avx512vl")) continue;
        for (Instruction &instruction : instructions(function)) {
            const BasicBlock &block = *instruction.getParent();
            if (!selects(instruction) || none_of(block, stores) || (!of_rows && count_if(block, selects) > 1)) continue;
            auto *select = cast<SelectInst>(&instruction);
            for (Value *value : {select->getTrueValue(), select->getFalseValue()}) {
                const auto *conversion = dyn_cast<CastInst>(value);
                const bool loaded = isa<LoadInst>(conversion ? conversion->getOperand(0) : value);
                const unsigned bits = value->getType()->getPrimitiveSizeInBits();
                if (!loaded || !value->hasOneUse() || bits > kRegisterBits || bits % kWordBits != 0) continue;
                // No instruction, but the back end does not look through it. It knows no vectors of f16.
                IRBuilder<> builder(select);
                Type *words = FixedVectorType::get(builder.getInt32Ty(), bits / kWordBits);
                auto *nothing = InlineAsm::get(FunctionType::get(words, {words}, false), "", "=v,0", false);
                Value *known = builder.CreateCall(nothing, {builder.CreateBitCast(value, words)});
                select->replaceUsesOfWith(value, builder.CreateBitCast(known, value->getType()));
            }
        }
    }
}

} // namespace normforge
