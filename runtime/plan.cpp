// SPDX-License-Identifier: MIT
// Makes plans, see plan.h: from a description over steps and kernels to bound arguments.
#include "runtime/plan.h"
#include "runtime/ops.h"
#include "runtime/plan_text.h"
#include "runtime/threads.h"

namespace normforge {
namespace {

/// Triples of the caller lie in one array, which kernels must reach as a whole.
Status check_given_triples(const CheckedProblem &problem) {
    const int64_t most = kReach / 3 / problem.description.parts;
    if (problem.channels <= most) return {};
    return {NF_NO_VARIANT, std::to_string(problem.description.parts) + " triples of " + std::to_string(problem.channels) +
                               " channels are out of the kernels' reach: with so many, " + std::to_string(most) +
                               " channels at most"};
}

bool merges_parts(const std::vector<Step> &steps) {
    for (const Step &step : steps)
        if (step.triple == TriplePlace::parts) return true;
    return false;
}

/// The grid of a problem with elements, and the steps over it.
Status cut_and_compose(const CheckedProblem &problem, Grid &grid, std::vector<Step> &steps) {
    int64_t limit = 0;
    if (Status status = piece_limit(limit); status.failed()) return status;
    if (problem.tensors.empty()) {
        if (Status status = check_given_triples(problem); status.failed()) return status;
        grid = cut_channels(problem.channels, limit);
    } else {
        grid = cut(problem.tensors, problem.form, limit);
    }
    steps = compose(problem, grid.parts());
    return merges_parts(steps) ? limit_triples(grid) : Status();
}

/// The step whose kernel nf_plan_variant() names: the last that writes a tensor, else the last.
size_t named_step(const std::vector<Step> &steps) {
    for (size_t i = steps.size(); i-- > 0;)
        if (has_store(steps[i].op)) return i;
    return steps.size() - 1;
}

/// Everything but the checks. An empty batch runs nothing, but its wishes must make sense.
Status prepare(nf_plan &plan, const CheckedProblem &problem, PlanText &text) {
    const nf_description &d = problem.description;
    if (Status status = d.threads ? Status() : check_thread_count(); status.failed()) return status;
    std::vector<Choice> choices;
    if (problem.empty) return choose_kernels({problem, compose(problem, 1), {}}, choices);

    Grid grid;
    std::vector<Step> steps;
    if (Status status = cut_and_compose(problem, grid, steps); status.failed()) return status;
    const bool serial = problem.bytes < kSerialBytes;
    plan.threads = serial ? 1 : d.threads;
    const int threads = plan.threads ? plan.threads : thread_count();
    const Box box{grid.block[kN], grid.block[kC], grid.block[kS]};
    if (Status status = choose_kernels({problem, steps, box, threads}, choices); status.failed()) return status;
    text.add_grid(grid, group_of(problem, box, threads));
    if (steps.empty()) return {};

    SharedWorkspace workspace;
    if (Status status = share_workspace(problem, steps, grid, workspace); status.failed()) return status;
    plan.constants = make_constants(problem, grid);
    Binder binder(problem, grid, plan.constants, workspace, threads);
    for (size_t i = 0; i < steps.size(); ++i) {
        plan.steps.push_back(binder.bind(steps[i], choices[i]));
        text.add_step(steps, i, choices[i]);
    }
    plan.checks.workspace_size = binder.workspace_size();
    plan.variant = choices[named_step(steps)].preferred().kernel->name;
    prepare_threads(plan.threads);
    text.add_resources(threads, serial, plan.checks.workspace_size);
    return {};
}

} // namespace

Status make_plan(const nf_description &description, std::unique_ptr<nf_plan> &plan) {
    CheckedProblem problem;
    if (Status status = check_description(description, problem); status.failed()) return status;
    auto made = std::make_unique<nf_plan>();
    made->checks = make_operand_checks(problem);
    PlanText text(problem);
    if (Status status = prepare(*made, problem, text); status.failed()) return status;
    made->description = text.str();
    made->captured = captured_problem(problem.description);
    plan = std::move(made);
    return {};
}

} // namespace normforge
