// SPDX-License-Identifier: MIT
// The text of nf_plan_describe(), one "subject: content" a line.
#include "runtime/plan_text.h"
#include "runtime/names.h"
#include "runtime/problem.h"
#include "runtime/threads.h"

namespace normforge {
namespace {

std::string kernel_words(const RegisteredKernel &registered) {
    return std::string(registered.kernel->name) + " of set " + registered.table->set + " for " + registered.kernel->target +
           (*registered.kernel->parameters ? std::string(" with ") + registered.kernel->parameters : "");
}

} // namespace

PlanText::PlanText(const CheckedProblem &problem) : problem_(problem) {
    line("problem", to_string(problem.description));
    if (problem.empty) {
        line("canonical", "no elements: nothing runs, dgamma and dbeta become 0");
        return;
    }
    const Canonical &x = problem.tensors.front().canonical;
    std::string content = "form " + std::string(name_of(problem.form)) + ", n " + std::to_string(x.n) + ", c " +
                          std::to_string(x.c) + ", s " + std::to_string(x.s) + "; strides of n, c, s:";
    for (const Tensor &tensor : problem.tensors) {
        const Canonical &t = tensor.canonical;
        content += std::string(&tensor == &problem.tensors.front() ? " " : "; ") + tensor.name + " " +
                   std::to_string(t.stride_n) + ", " + std::to_string(t.stride_c) + ", " + std::to_string(t.stride_s);
    }
    line("canonical", content);
}

void PlanText::add_choice(const Choice &choice, int64_t group, int threads, bool serial, size_t workspace_size) {
    if (problem_.form == NF_FORM_SMALL_PLANES)
        line("group", std::to_string(group) + " channels, runs of " + std::to_string(group * problem_.output().canonical.s) +
                          " elements");
    const RegisteredKernel &preferred = choice.stream.kernel ? choice.stream : choice.cached;
    line("variant", kernel_words(preferred) + ": " + choice.variant_reason);
    line("store", std::string(name_of<nf_store>(preferred.kernel->store)) + ": " + choice.store_reason);
    if (choice.stream.kernel)
        line("unaligned", kernel_words(choice.cached) + ": runs where " + problem_.output().name + " is not aligned to " +
                              std::to_string(kStreamAlignment) + " bytes");
    line("threads",
         serial ? "1: " + std::to_string(problem_.bytes) + " bytes touched are fewer than " + std::to_string(kSerialBytes)
                : "at most " + std::to_string(threads));
    line("workspace", std::to_string(workspace_size) + " bytes");
}

void PlanText::line(const char *subject, const std::string &content) {
    text_ += std::string(subject) + ": " + content + "\n";
}

} // namespace normforge
