// SPDX-License-Identifier: MIT
// A lowering pass of our own, after Halide's: see wide_accesses.h.
#include "generators/schedule/wide_accesses.h"

namespace normforge {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr int kWideBits = 128;

class WidenAccesses : public IRMutator {
    using IRMutator::visit;

    Stmt visit(const Allocate *array) override {
        const ScopedBinding<> bind(allocated_, array->name);
        return IRMutator::visit(array);
    }
    Stmt visit(const LetStmt *let) override {
        const ScopedBinding<Expr> bind(variables_, let->name, let->value);
        return IRMutator::visit(let);
    }
    Expr visit(const Let *let) override {
        const ScopedBinding<Expr> bind(variables_, let->name, let->value);
        return IRMutator::visit(let);
    }
    Expr visit(const Load *load) override {
        const int lanes = kWideBits / load->type.bits();
        const Expr first = first_index(load->type, *load);
        if (!first.defined()) return IRMutator::visit(load);
        std::vector<Expr> pieces;
        for (int i = 0; i < load->type.lanes() / lanes; i++)
            pieces.push_back(reinterpret(load->type.with_lanes(lanes),
                                         Load::make(UInt(kWideBits), load->name, first + i, load->image, load->param,
                                                    const_true(), load->alignment / lanes + i)));
        return Shuffle::make_concat(pieces);
    }
    Stmt visit(const Store *store) override {
        const Type type = store->value.type();
        const Expr index = first_index(type, *store);
        if (!index.defined() || type.bits() * type.lanes() != kWideBits) return IRMutator::visit(store);
        return Store::make(store->name, reinterpret(UInt(kWideBits), mutate(store->value)), index, store->param,
                           const_true(), store->alignment / type.lanes());
    }

    /// Where an access begins, in units of 16 bytes; undefined if it is not to whole ones of a tensor or array of the
    /// caller's. The index may stand in a variable, shared by several accesses.
    template <typename Access>
    Expr first_index(const Type &type, const Access &access) const {
        Expr index = access.index;
        while (const auto *variable = index.template as<Variable>()) {
            if (!variables_.contains(variable->name)) break;
            index = variables_.get(variable->name);
        }
        const auto *ramp = index.as<Ramp>();
        const int lanes = kWideBits / type.bits();
        const bool wide = !allocated_.contains(access.name) && ramp && is_const_one(ramp->stride) &&
                          is_const_one(access.predicate) && type.lanes() % lanes == 0 &&
                          access.alignment.modulus % lanes == 0 && access.alignment.remainder % lanes == 0;
        return wide ? simplify(ramp->base / lanes) : Expr();
    }

    Scope<Expr> variables_;
    Scope<> allocated_; ///< in registers or shared memory
};

} // namespace

void widen_accesses(Pipeline pipeline) {
    pipeline.add_custom_lowering_pass(new WidenAccesses); // the pipeline owns it
}

} // namespace normforge
