// SPDX-License-Identifier: MIT
// A lowering pass of our own, after Halide's, and a reader of what it leads to: see shared_base.h.
#include "generators/schedule/shared_base.h"

#include <algorithm>
#include <stdexcept>

namespace normforge {

using namespace Halide;
using namespace Halide::Internal;

namespace {

class MoveSharedArrays : public IRMutator {
    using IRMutator::visit;

    Stmt visit(const Allocate *array) override {
        if (array->memory_type != MemoryType::GPUShared) return IRMutator::visit(array);
        const ScopedBinding<> bind(shared_, array->name);
        // Halide has made one array, of one dimension, of all that a kernel has.
        _halide_user_assert(array->extents.size() == 1) << array->name << " has several dimensions";
        return Allocate::make(array->name, array->type, array->memory_type, {array->extents[0] + reserved(array->type)},
                              array->condition, mutate(array->body), array->new_expr, array->free_function, array->padding);
    }
    Expr visit(const Load *load) override {
        if (!shared_.contains(load->name)) return IRMutator::visit(load);
        return Load::make(load->type, load->name, moved(load->index, load->type), load->image, load->param,
                          mutate(load->predicate), moved(load->alignment, load->type));
    }
    Stmt visit(const Store *store) override {
        if (!shared_.contains(store->name)) return IRMutator::visit(store);
        const Type type = store->value.type();
        return Store::make(store->name, mutate(store->value), moved(store->index, type), store->param,
                           mutate(store->predicate), moved(store->alignment, type));
    }

    static int reserved(const Type &element) { return kReservedSharedBytes / element.bytes(); }
    Expr moved(const Expr &index, const Type &element) { return mutate(index) + reserved(element); }
    static ModulusRemainder moved(const ModulusRemainder &alignment, const Type &element) {
        return alignment + reserved(element);
    }

    Scope<> shared_;
};

class Launches : public IRVisitor {
public:
    int64_t most_shared_bytes = 0;

private:
    using IRVisitor::visit;

    void visit(const Call *call) override {
        IRVisitor::visit(call);
        if (call->name != "halide_cuda_run" && call->name != "halide_opencl_run") return;
        constexpr size_t kSharedBytes = 8; // behind the state, the entry, and blocks and threads of x, y and z
        const auto bytes = as_const_int(simplify(call->args.at(kSharedBytes)));
        if (!bytes) throw std::runtime_error("a launch asks for an amount of shared memory that is not constant");
        most_shared_bytes = std::max(most_shared_bytes, *bytes);
    }
};

} // namespace

void reserve_shared_memory(Pipeline pipeline) {
    pipeline.add_custom_lowering_pass(new MoveSharedArrays); // the pipeline owns it
}

int64_t most_shared_bytes(const Module &module) {
    Launches launches;
    for (const LoweredFunc &function : module.functions()) function.body.accept(&launches);
    return launches.most_shared_bytes;
}

} // namespace normforge
