// SPDX-License-Identifier: MIT
// A lowering pass of our own, after Halide's. The clamped channels of a read stand in its index or, shared by several reads,
// in a variable; the position of the row is added to them.
#include "generators/schedule/masked_reads.h"

#include <optional>

namespace normforge {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// min(wanted, last) + offset, where the offset is the same for all lanes.
struct ClampedIndex {
    Expr wanted, last, offset;
};

class MaskClampedReads : public IRMutator {
    using IRMutator::visit;

    Stmt visit(const LetStmt *let) override {
        ScopedBinding<Expr> bind(variables_, let->name, let->value);
        return IRMutator::visit(let);
    }
    Expr visit(const Let *let) override {
        ScopedBinding<Expr> bind(variables_, let->name, let->value);
        return IRMutator::visit(let);
    }
    Expr visit(const Load *load) override {
        const auto index = clamped_index(load->index);
        if (!index || !is_const_one(load->predicate)) return IRMutator::visit(load);
        const auto *ramp = index->wanted.as<Ramp>();
        Expr dense = Ramp::make(ramp->base + index->offset, 1, ramp->lanes);
        return Load::make(load->type, load->name, dense, load->image, load->param, index->wanted <= index->last,
                          load->alignment);
    }

    std::optional<ClampedIndex> clamped_index(const Expr &index) const {
        if (const auto *variable = index.as<Variable>())
            return variables_.contains(variable->name) ? clamped_index(variables_.get(variable->name)) : std::nullopt;
        if (const auto *let = index.as<Let>()) return clamped_index(substitute(let->name, let->value, let->body));
        if (const auto *sum = index.as<Add>()) {
            const auto *offset = sum->b.as<Broadcast>();
            const Expr &rest = offset ? sum->a : sum->b;
            if (!offset) offset = sum->a.as<Broadcast>();
            return offset ? moved(clamped_index(rest), offset->value) : std::nullopt;
        }
        if (const auto *difference = index.as<Sub>()) {
            const auto *offset = difference->b.as<Broadcast>();
            return offset ? moved(clamped_index(difference->a), -offset->value) : std::nullopt;
        }
        const auto *clamped = index.as<Min>();
        const auto *ramp = clamped ? clamped->a.as<Ramp>() : nullptr;
        if (!ramp || !is_const_one(ramp->stride) || !clamped->b.as<Broadcast>()) return std::nullopt;
        return ClampedIndex{clamped->a, clamped->b, make_zero(Int(32))};
    }

    static std::optional<ClampedIndex> moved(std::optional<ClampedIndex> index, const Expr &by) {
        if (index) index->offset += by;
        return index;
    }

    Scope<Expr> variables_;
};

} // namespace

void mask_clamped_reads(Pipeline pipeline) {
    pipeline.add_custom_lowering_pass(new MaskClampedReads); // the pipeline owns it
}

} // namespace normforge
