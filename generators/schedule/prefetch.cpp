// SPDX-License-Identifier: MIT
// A lowering pass of our own, after Halide's: loops, vectors and strides are then final.
#include "generators/schedule/prefetch.h"

#include "generators/algorithm/form.h"

#include <algorithm>

namespace normforge {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// The same statement without variables of its own.
class WithoutLets : public IRMutator {
    using IRMutator::visit;
    Stmt visit(const LetStmt *let) override { return mutate(substitute(let->name, let->value, let->body)); }
    Expr visit(const Let *let) override { return mutate(substitute(let->name, let->value, let->body)); }
};

/// The dense vector loads from one tensor in a statement, and whether there is a loop in it.
class Loads : public IRVisitor {
public:
    explicit Loads(const std::string &tensor) : tensor_(tensor) {}

    struct Found {
        Expr begin; ///< index of the first element
        Type type;
    };
    std::vector<Found> found;
    bool has_loop = false;

private:
    using IRVisitor::visit;
    void visit(const Load *load) override {
        const auto *ramp = load->index.as<Ramp>();
        if (load->name == tensor_ && ramp && is_const_one(ramp->stride) && is_const_one(load->predicate)) {
            const Expr begin = simplify(ramp->base); // the two sums of backward write that of dy in two ways
            const bool seen =
                std::any_of(found.begin(), found.end(), [&](auto &other) { return equal(other.begin, begin); });
            if (!seen) found.push_back({begin, load->type});
        }
        IRVisitor::visit(load);
    }
    void visit(const For *loop) override {
        has_loop = true;
        IRVisitor::visit(loop);
    }

    std::string tensor_;
};

class InsertPrefetches : public IRMutator {
public:
    explicit InsertPrefetches(std::vector<Prefetch> prefetches) : prefetches_(std::move(prefetches)) {}

private:
    using IRMutator::visit;
    Stmt visit(const For *loop) override {
        std::vector<Stmt> body;
        for (const Prefetch &prefetch : prefetches_) {
            if (!starts_with(loop->name, prefetch.loops)) continue;
            Loads loads(prefetch.tensor);
            const Stmt reads = WithoutLets().mutate(loop->body); // the prefetches stand before the body's variables
            reads.accept(&loads);
            if (loads.has_loop) break;
            int bytes = 0; // a vector may be half a line
            for (const Loads::Found &load : loads.found) {
                if (!expr_uses_var(load.begin, loop->name)) continue; // the same in every iteration: in registers
                if (bytes % kLineBytes == 0)
                    body.push_back(fetch(prefetch.tensor, load.type.element_of(), load.begin + prefetch.distance));
                bytes += load.type.bytes() * load.type.lanes();
            }
        }
        if (body.empty()) return IRMutator::visit(loop);
        body.push_back(loop->body);
        return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy, loop->device_api,
                         Block::make(body));
    }

    static Stmt fetch(const std::string &name, Type element, const Expr &position) {
        Expr tensor = Variable::make(Handle(), name);
        return Evaluate::make(Call::make(element, Call::prefetch, {tensor, position, 1, 1}, Call::Intrinsic));
    }

    std::vector<Prefetch> prefetches_;
};

} // namespace

void add_prefetches(Pipeline pipeline, const std::vector<Prefetch> &prefetches) {
    if (!prefetches.empty()) pipeline.add_custom_lowering_pass(new InsertPrefetches(prefetches)); // the pipeline owns it
}

} // namespace normforge
