// SPDX-License-Identifier: MIT
// One call of the library and everything that is checked around it, see runner.h.
#include "tests/support/runner.h"

#include "runtime/symbol.h"
#include "tests/support/cuda_operands.h"
#include "tests/support/variants.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace normforge::testing {

namespace {

void require(nf_status status, const char *call) {
    if (status != NF_SUCCESS) throw RunFailure(std::string(call) + ": " + nf_status_string(status) + ": " + nf_last_error());
}

struct DestroyPlan {
    void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
};
using Plan = std::unique_ptr<nf_plan, DestroyPlan>;

/// A plan may have several steps: the forced variant serves one of them. If that is the last one, it must have run, but for
/// a stream variant whose output is not aligned to a cache line, or a GPU's aligned one: it hands over to a cached one of
/// the same step.
void check_variant(const std::string &forced, const Problem &problem, const std::string &plan, const std::string &ran,
                   bool aligned) {
    const std::vector<Step> steps = steps_of(problem);
    if (forced.empty() || forced == ran || steps.empty()) return;
    const VariantName wanted = parse_symbol(forced), got = parse_symbol(ran);
    const bool last = serves(wanted, steps.back(), problem);
    const bool picky = wanted.store == NF_STORE_STREAM || has_tag(wanted, "aligned");
    const bool handed_over =
        picky && !aligned && got.store == NF_STORE_CACHED && !has_tag(got, "aligned") && serves(got, steps.back(), problem);
    if (last ? !handed_over : plan.find(forced) == std::string::npos)
        throw RunFailure("forced " + forced + " but " + ran + " ran");
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

Values Results::triple(Output count) const {
    Values all;
    for (int i = 0; i < 3; ++i) {
        const Values &part = values[static_cast<int>(count) + i];
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

std::string execute(const Problem &problem, GuardedOperands &operands, const RunOptions &options) {
    nf_description description = problem.description;
    description.threads = options.threads;
    description.variant = options.variant.empty() ? nullptr : options.variant.c_str();
    if (description.device == NF_DEVICE_CUDA) use_cuda_device();
    nf_plan *created = nullptr;
    require(nf_plan_create(&description, &created), "nf_plan_create");
    const Plan plan(created);

    // A workspace begins at a multiple of 64 bytes; its size is rounded up so that it can end at the page as well.
    nf_tensors call = operands.call;
    call.workspace_size =
        (nf_plan_workspace_size(plan.get()) + NF_WORKSPACE_ALIGNMENT - 1) / NF_WORKSPACE_ALIGNMENT * NF_WORKSPACE_ALIGNMENT;
    const GuardedBuffer workspace(call.workspace_size, options.edge);
    call.workspace = workspace.data();

    if (description.device == NF_DEVICE_CUDA) {
        CudaOperands on_device(operands, call.workspace_size);
        require(nf_plan_execute(plan.get(), &on_device.call), "nf_plan_execute");
        on_device.copy_back();
    } else {
        require(nf_plan_execute(plan.get(), &call), "nf_plan_execute");
    }
    if (!workspace.surroundings_intact()) throw RunFailure("memory around the workspace was changed");
    if (is_empty(problem)) return {};
    const std::string ran = nf_last_variant();
    check_variant(options.variant, problem, nf_plan_describe(plan.get()), ran,
                  problem.description.device == NF_DEVICE_CPU ? operands.output_aligned() : operands.vectors_aligned());
    return ran;
}

Results read_results(const Problem &problem, const GuardedOperands &operands) {
    if (const std::string changed = operands.changed(); !changed.empty()) throw RunFailure(changed);
    Results results;
    for (const auto &[row, values] : operands.written()) {
        const auto outputs = outputs_of(*row);
        const auto part = static_cast<std::ptrdiff_t>(values.size()) / outputs;
        for (int i = 0; i < outputs; ++i)
            results.values[static_cast<int>(row->output) + i].assign(values.begin() + i * part,
                                                                     values.begin() + (i + 1) * part);
    }
    if (is_empty(problem))
        check_untouched_by_empty(results);
    else
        check_all_written(results);
    return results;
}

Results run(const Problem &problem, const Inputs &in, const RunOptions &options) {
    GuardedOperands operands(problem, in, options.edge, options.absent);
    const std::string variant = execute(problem, operands, options);
    Results results = read_results(problem, operands);
    results.variant = variant;
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
