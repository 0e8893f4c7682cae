// SPDX-License-Identifier: MIT
// One call of the library and everything that is checked around it, see runner.h.
#include "tests/support/runner.h"

#include "runtime/symbol.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>

namespace normforge::testing {

namespace {

void require(nf_status status, const char *call) {
    if (status != NF_SUCCESS) throw RunFailure(std::string(call) + ": " + nf_status_string(status) + ": " + nf_last_error());
}

struct DestroyPlan {
    void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
};
using Plan = std::unique_ptr<nf_plan, DestroyPlan>;

/// One operand in guarded memory.
struct Operand {
    const char *name;
    nf_dtype type;
    CanonicalTensor layout;
    GuardedBuffer memory;
    bool written; ///< the library may write its elements
    std::vector<std::byte> before = {};

    template <typename Body>
    void for_each(Body body) const {
        const auto bytes = precision_of(type).bytes;
        size_t dense = 0;
        for (int64_t n = 0; n < layout.shape.n; ++n) {
            for (int64_t c = 0; c < layout.shape.c; ++c) {
                for (int64_t s = 0; s < layout.shape.s; ++s) {
                    const int64_t at = n * layout.stride_n + c * layout.stride_c + s * layout.stride_s;
                    body(memory.data() + at * bytes, dense++);
                }
            }
        }
    }

    void put(const Values &values) {
        for_each([&](std::byte *element, size_t i) { store(type, element, values[i]); });
    }

    Values get() const {
        Values values(static_cast<size_t>(layout.shape.count()));
        for_each([&](const std::byte *element, size_t i) { values[i] = load(type, element); });
        return values;
    }

    void remember() { before.assign(memory.data(), memory.data() + memory.size()); }

    /// Whether everything the library must not write is as before.
    bool untouched() const {
        if (!memory.surroundings_intact()) return false;
        std::vector<std::byte> after(memory.data(), memory.data() + memory.size());
        if (written) {
            for_each([&](const std::byte *element, size_t) {
                const auto at = element - memory.data();
                std::memcpy(after.data() + at, before.data() + at, static_cast<size_t>(precision_of(type).bytes));
            });
        }
        return after == before;
    }
};

/// All operands of a call. A deque: operands are not movable once referred to.
class Operands {
public:
    Operands(const Problem &problem, const RunOptions &options) : offset_(problem.offset_bytes), edge_(options.edge) {}

    Operand &add(const char *name, nf_dtype type, const CanonicalTensor &layout, bool written) {
        const auto size = static_cast<size_t>(layout.span() * precision_of(type).bytes);
        all_.push_back({name, type, layout, GuardedBuffer(size, edge_, static_cast<size_t>(offset_)), written});
        return all_.back();
    }

    nf_channels channels(const char *name, nf_dtype type, const Values &values) {
        return fill(name, type, values, false, nullptr);
    }

    /// In/out: `values` before the call; its values after it go to `*result`.
    nf_channels updated(const char *name, nf_dtype type, const Values &values, Values *result) {
        return fill(name, type, values, true, result);
    }

    nf_channels output(const char *name, nf_dtype type, int64_t count, Values *result) {
        Operand &operand = add_channels(name, type, count, true);
        results_.push_back({&operand, result});
        return {operand.memory.data(), count};
    }

    void collect(Operand &operand, Values *result) { results_.push_back({&operand, result}); }

    void remember() {
        for (Operand &operand : all_) operand.remember();
    }

    void check_and_read() {
        for (const Operand &operand : all_) {
            if (!operand.untouched()) throw RunFailure(std::string("memory of or around ") + operand.name + " was changed");
        }
        for (const auto &[operand, result] : results_) *result = operand->get();
    }

private:
    Operand &add_channels(const char *name, nf_dtype type, int64_t count, bool written) {
        return add(name, type, {{1, count, 1}, count, 1, 1}, written);
    }

    nf_channels fill(const char *name, nf_dtype type, const Values &values, bool written, Values *result) {
        Operand &operand = add_channels(name, type, static_cast<int64_t>(values.size()), written);
        operand.put(values);
        if (result != nullptr) results_.push_back({&operand, result});
        return {operand.memory.data(), static_cast<int64_t>(values.size())};
    }

    int64_t offset_;
    Edge edge_;
    std::deque<Operand> all_;
    std::vector<std::pair<Operand *, Values *>> results_;
};

/// A stream variant whose output is not aligned to a cache line hands over to any cached one of the same op, form and
/// epilogue.
void check_variant(const std::string &forced, const std::string &ran, bool aligned) {
    if (forced.empty() || forced == ran) return;
    const VariantName wanted = parse_symbol(forced), got = parse_symbol(ran);
    const bool handed_over = wanted.store == NF_STORE_STREAM && !aligned && got.store == NF_STORE_CACHED &&
                             got.op == wanted.op && got.form == wanted.form && got.epilogue == wanted.epilogue;
    if (!handed_over) throw RunFailure("forced " + forced + " but " + ran + " ran");
}

void check_all_written(const Results &results) {
    for (int i = 0; i < kOutputCount; ++i) {
        const auto &values = results.values[i];
        const auto hole = std::find_if(values.begin(), values.end(), GuardedBuffer::is_poison);
        if (hole != values.end()) {
            throw RunFailure(std::string(name_of(static_cast<Output>(i))) + "[" + std::to_string(hole - values.begin()) +
                             "] was not written");
        }
    }
}

/// With an empty batch saved statistics stay what they were.
void check_untouched_by_empty(const Results &results) {
    for (const Output output : {Output::mean, Output::variance, Output::invstd}) {
        const auto &values = results[output];
        if (!std::all_of(values.begin(), values.end(), GuardedBuffer::is_poison))
            throw RunFailure(std::string("saved ") + name_of(output) + " was written, though the batch is empty");
    }
}

uint64_t bits_of(double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

} // namespace

Results run(const Problem &problem, const Inputs &in, const RunOptions &options) {
    nf_description description = problem.description;
    description.threads = options.threads;
    description.variant = options.variant.empty() ? nullptr : options.variant.c_str();
    nf_plan *created = nullptr;
    require(nf_plan_create(&description, &created), "nf_plan_create");
    const Plan plan(created);

    const ProblemTensors tensors = problem_tensors(description);
    const bool forward = is_forward(description.op), train_forward = description.op == NF_FORWARD_TRAIN;
    const nf_dtype dtype = description.x.dtype, parameter = parameter_type(description),
                   statistic = statistic_type(description);
    Operands operands(problem, options);
    Results results;
    nf_tensors call;
    require(nf_tensors_init(&call), "nf_tensors_init");

    Operand &x = operands.add("x", dtype, tensors.x, false);
    x.put(in.x);
    call.x = x.memory.data();
    Operand &output = operands.add(forward ? "y" : "dx", dtype, tensors.output, true);
    operands.collect(output, &results[forward ? Output::y : Output::dx]);
    (forward ? call.y : call.dx) = output.memory.data();
    if (!forward) {
        Operand &dy = operands.add("dy", dtype, tensors.dy, false);
        dy.put(in.dy);
        call.dy = dy.memory.data();
        call.dgamma = operands.output("dgamma", parameter, in.shape.c, &results[Output::dgamma]);
        call.dbeta = operands.output("dbeta", parameter, in.shape.c, &results[Output::dbeta]);
    }
    call.gamma = operands.channels("gamma", parameter, in.gamma);
    call.beta = operands.channels("beta", parameter, in.beta);
    if (train_forward) {
        call.saved_mean = operands.output("saved_mean", statistic, in.shape.c, &results[Output::mean]);
        call.saved_variance = operands.output("saved_variance", statistic, in.shape.c, &results[Output::variance]);
        call.saved_invstd = operands.output("saved_invstd", statistic, in.shape.c, &results[Output::invstd]);
        call.running_mean = operands.updated("running_mean", statistic, in.running_mean, &results[Output::running_mean]);
        call.running_variance =
            operands.updated("running_variance", statistic, in.running_variance, &results[Output::running_variance]);
    } else if (description.op == NF_BACKWARD_TRAIN) {
        call.saved_mean = operands.channels("saved_mean", statistic, in.saved_mean);
        call.saved_invstd = operands.channels("saved_invstd", statistic, in.saved_invstd);
    } else {
        call.running_mean = operands.channels("running_mean", statistic, in.running_mean);
        call.running_variance = operands.channels("running_variance", statistic, in.running_variance);
    }
    // A workspace begins at a multiple of 64 bytes; its size is rounded up so that it can end at the page as well.
    call.workspace_size =
        (nf_plan_workspace_size(plan.get()) + NF_WORKSPACE_ALIGNMENT - 1) / NF_WORKSPACE_ALIGNMENT * NF_WORKSPACE_ALIGNMENT;
    const GuardedBuffer workspace(call.workspace_size, options.edge);
    call.workspace = workspace.data();

    operands.remember();
    require(nf_plan_execute(plan.get(), &call), "nf_plan_execute");
    operands.check_and_read();
    if (!workspace.surroundings_intact()) throw RunFailure("memory around the workspace was changed");
    if (is_empty(problem)) {
        check_untouched_by_empty(results);
        return results;
    }
    results.variant = nf_last_variant();
    check_variant(options.variant, results.variant, reinterpret_cast<uintptr_t>(output.memory.data()) % 64 == 0);
    check_all_written(results);
    return results;
}

std::string first_difference(const Results &a, const Results &b) {
    for (int i = 0; i < kOutputCount; ++i) {
        const auto &left = a.values[i], &right = b.values[i];
        const auto same = [](double l, double r) { return bits_of(l) == bits_of(r) || (std::isnan(l) && std::isnan(r)); };
        const auto [at, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end(), same);
        if (at == left.end() && other == right.end()) continue;
        const std::string where =
            std::string(name_of(static_cast<Output>(i))) + "[" + std::to_string(at - left.begin()) + "]";
        if (at == left.end() || other == right.end()) return where + " exists in one result only";
        char text[128];
        std::snprintf(text, sizeof text, ": %a in %s, %a in ", *at, "one", *other);
        return where + text + "the other";
    }
    return {};
}

} // namespace normforge::testing
