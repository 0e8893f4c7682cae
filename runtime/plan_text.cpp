// SPDX-License-Identifier: MIT
// The text of nf_plan_describe(), one "subject: content" a line.
#include "runtime/plan_text.h"
#include "runtime/names.h"
#include "runtime/ops.h"
#include "runtime/problem.h"
#include "runtime/threads.h"

namespace normforge {
namespace {

std::string kernel_words(const RegisteredKernel &registered) {
    return std::string(registered.kernel->name) + " of set " + registered.table->set + " for " + registered.kernel->target +
           (*registered.kernel->parameters
                ? std::string(" with ") + registered.kernel->parameters + " (" + origin_of(*registered.kernel) + ")"
                : "");
}

std::string canonical_words(const CheckedProblem &problem) {
    const Canonical &x = problem.tensors.front().canonical;
    const bool outer = x.outer > 1;
    std::string text = "form " + std::string(name_of(problem.form)) + ", n " + std::to_string(x.n) + ", c " +
                       std::to_string(x.c) + ", s " + std::to_string(x.s) +
                       (outer ? ", outer " + std::to_string(x.outer) : "") + "; strides of n, c, s" +
                       (outer ? ", outer:" : ":");
    for (const Tensor &tensor : problem.tensors) {
        const Canonical &t = tensor.canonical;
        text += std::string(&tensor == &problem.tensors.front() ? " " : "; ") + tensor.name + " " +
                std::to_string(t.stride_n) + ", " + std::to_string(t.stride_c) + ", " + std::to_string(t.stride_s) +
                (outer ? ", " + std::to_string(t.stride_outer) : "");
    }
    return text;
}

/// Where the kernel that needs alignment cannot run.
std::string unaligned_words(const Step &step, const nf_kernel &kernel) {
    if (kernel.alignment) return "a tensor is not aligned to " + std::to_string(kernel.alignment) + " bytes";
    return std::string(output_of(step)->name) + " is not aligned to " + std::to_string(kStreamAlignment) + " bytes";
}

} // namespace

PlanText::PlanText(const CheckedProblem &problem) : problem_(problem) {
    line("problem", to_string(problem.description));
    line("canonical", problem.empty ? "no elements: nothing runs, gradients of parameters and triples become 0"
                      : problem.tensors.empty()
                          ? "c " + std::to_string(problem.channels) + ", parts " + std::to_string(problem.description.parts)
                          : canonical_words(problem));
}

void PlanText::add_grid(const Grid &grid, int64_t group) {
    const std::array<int64_t, kGridAxes> &block = grid.block;
    if (grid.boxes() > 1)
        line("pieces", std::to_string(grid.boxes()) + " of at most n " + std::to_string(block[kN]) + ", c " +
                           std::to_string(block[kC]) + ", s " + std::to_string(block[kS]) + "; " +
                           std::to_string(grid.parts()) + " share a channel");
    if (!problem_.tensors.empty() && problem_.form == NF_FORM_SMALL_PLANES)
        line("group", std::to_string(group) + " channels, runs of " + std::to_string(group * block[kS]) + " elements");
}

void PlanText::add_step(const std::vector<Step> &steps, size_t index, const Choice &choice) {
    const Step &step = steps[index];
    if (steps.size() > 1)
        line("step", std::to_string(index + 1) + " of " + std::to_string(steps.size()) + ", " + name_of(step.op));
    line("variant", kernel_words(choice.preferred()) + ": " + choice.variant_reason);
    line("store", std::string(name_of<nf_store>(choice.preferred().kernel->store)) + ": " + choice.store_reason);
    if (choice.stream.kernel)
        line("unaligned", kernel_words(choice.cached) + ": runs where " + unaligned_words(step, *choice.stream.kernel));
}

void PlanText::add_resources(int threads, bool serial, size_t workspace_size) {
    const nf_device device = problem_.description.device;
    if (device != NF_DEVICE_CPU)
        line("device", name_of(device));
    else
        line("threads", serial ? "1: " + std::to_string(problem_.bytes) + " bytes touched are fewer than " +
                                     std::to_string(kSerialBytes)
                               : "at most " + std::to_string(threads));
    line("workspace", std::to_string(workspace_size) + " bytes");
}

void PlanText::line(const char *subject, const std::string &content) {
    text_ += std::string(subject) + ": " + content + "\n";
}

} // namespace normforge
