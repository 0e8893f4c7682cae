// SPDX-License-Identifier: MIT
// Makes plans, see plan.h: from a description over steps and kernels to bound arguments.
#include "runtime/plan.h"
#include "runtime/device/cuda.h"
#include "runtime/outline.h"
#include "runtime/plan_text.h"
#include "runtime/threads.h"

namespace normforge {
namespace {

/// A kernel set, or a forced variant, may have the fused op alone: then channels stay whole.
Status outline_and_choose(const CheckedProblem &problem, Outline &outline, std::vector<Choice> &choices) {
    if (Status status = outline_plan(problem, outline); status.failed()) return status;
    Status status = choose_kernels(situation_of(problem, outline), choices);
    if (status.code != NF_NO_VARIANT || !outline.grid.side_by_side) return status;
    outline = {};
    choices.clear();
    if (status = outline_plan(problem, outline, true); status.failed()) return status;
    return choose_kernels(situation_of(problem, outline), choices);
}

/// Everything but the checks. An empty batch runs nothing, but its wishes must make sense.
Status prepare(nf_plan &plan, const CheckedProblem &problem, PlanText &text) {
    Outline outline;
    std::vector<Choice> choices;
    if (Status status = outline_and_choose(problem, outline, choices); status.failed()) return status;
    if (problem.empty) return {};

    const auto &[grid, steps, serial, threads] = outline;
    plan.threads = serial ? 1 : problem.description.threads;
    text.add_grid(grid, group_of(problem, grid.first(), threads));
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
    made->device = find_device(problem.description.device);
    made->may_meet_device_memory = !made->device && cuda_is_loaded();
    if (made->device) {
        if (Status status = made->device->find_context(problem.description.context); status.failed()) return status;
        made->context = problem.description.context;
    }
    if (Status status = prepare(*made, problem, text); status.failed()) return status;
    if (made->device)
        if (Status status = load_code(*made); status.failed()) return status;
    made->description = text.str();
    made->captured = captured_problem(problem.description);
    plan = std::move(made);
    return {};
}

} // namespace normforge
