// SPDX-License-Identifier: MIT
// The streaming-store pass.
#include "generators/emit/streaming_stores.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/TargetParser/Triple.h>

namespace normforge {

using namespace llvm;

namespace {

/// Name of the buffer a store writes to, empty if Halide did not say.
StringRef buffer_of(const StoreInst &store) {
    const MDNode *access = store.getMetadata(LLVMContext::MD_tbaa);
    if (!access || access->getNumOperands() == 0) return {};
    const auto *type = dyn_cast<MDNode>(access->getOperand(0));
    if (!type || type->getNumOperands() == 0) return {};
    const auto *name = dyn_cast<MDString>(type->getOperand(0));
    return name ? name->getString().split('.').first : StringRef();
}

bool can_stream(const StoreInst &store, const DataLayout &layout) {
    Type *type = store.getValueOperand()->getType();
    return type->isVectorTy() && store.getAlign().value() >= layout.getTypeStoreSize(type).getFixedValue();
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
    bool fences = Triple(module.getTargetTriple()).isX86();
    int marked = 0;
    for (Function &function : module) {
        int marked_before = marked;
        for (BasicBlock &block : function) {
            for (Instruction &instruction : block) {
                auto *store = dyn_cast<StoreInst>(&instruction);
                if (!store || buffers.count(buffer_of(*store).str()) == 0 || !can_stream(*store, module.getDataLayout()))
                    continue;
                store->setMetadata(LLVMContext::MD_nontemporal, one);
                marked++;
            }
        }
        if (fences && marked > marked_before) fence_returns(function);
    }
    return marked;
}

} // namespace normforge
