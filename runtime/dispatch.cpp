// SPDX-License-Identifier: MIT
// Dispatch, see dispatch.h. One function says why a kernel does not serve a problem; everything else asks it.
#include "runtime/dispatch.h"
#include "runtime/cpu.h"
#include "runtime/names.h"
#include "runtime/targets.h"
#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <tuple>

namespace normforge {
namespace {

bool whole_lines(int64_t elements, nf_dtype dtype) {
    return elements * element_bytes(dtype) % kStreamAlignment == 0;
}

/// Why streaming stores cannot write the output's shape, empty if they can. The pointer is looked at in each execution.
std::string unfit_for_streaming(const Situation &situation) {
    const Canonical &out = situation.problem.output().canonical;
    const nf_form form = situation.problem.form;
    const nf_dtype dtype = situation.problem.dtype();
    const int64_t run = form == NF_FORM_LAST ? out.c : form == NF_FORM_INNER ? out.s : situation.group * out.s;
    const std::string name = situation.problem.output().name;
    if (!whole_lines(run, dtype))
        return "streaming stores need contiguous runs of whole cache lines, " + name + "'s are " + std::to_string(run) +
               " elements";
    const std::pair<int64_t, int64_t> axes[] = {{out.n, out.stride_n}, {form == NF_FORM_INNER ? out.c : 1, out.stride_c}};
    for (const auto &[extent, stride] : axes)
        if (extent > 1 && !whole_lines(stride, dtype))
            return "streaming stores need strides of whole cache lines, " + name + " has one of " + std::to_string(stride) +
                   " elements";
    return {};
}

template <class Enum>
std::string differs(const char *what, int kernel, Enum problem) {
    if (kernel == static_cast<int>(problem)) return {};
    return std::string("its ") + what + " is " + name_of<Enum>(kernel) + ", the problem's is " + name_of(problem);
}

/// f64 tensors have f64 statistics in any case.
nf_statistics needed_statistics(const nf_description &description) {
    return description.x.dtype == NF_F64 ? NF_STATISTICS_DEFAULT : description.statistics;
}

/// Why a kernel does not serve a problem on this machine, empty if it does. An empty batch has no form.
std::string mismatch(const nf_kernel &kernel, const Situation &situation) {
    const CheckedProblem &problem = situation.problem;
    for (std::string text : {differs("op", kernel.op, problem.op()), differs("dtype", kernel.dtype, problem.dtype()),
                             differs("statistics", kernel.statistics, needed_statistics(problem.description)),
                             problem.empty ? std::string() : differs("form", kernel.form, problem.form),
                             differs("epilogue", kernel.epilogue, problem.description.epilogue)})
        if (!text.empty()) return text;
    if (!target_usable(*find_target(kernel.target))) return std::string("this machine cannot run target ") + kernel.target;
    return kernel.store == NF_STORE_STREAM && !problem.empty ? unfit_for_streaming(situation) : std::string();
}

/// The first kernel with this store policy that serves the problem and may be chosen unasked.
const RegisteredKernel *first_fit(const std::vector<RegisteredKernel> &kernels, nf_store store, const Situation &situation) {
    for (const RegisteredKernel &candidate : kernels)
        if (candidate.kernel->store == store && !candidate.kernel->forced_only &&
            mismatch(*candidate.kernel, situation).empty())
            return &candidate;
    return nullptr;
}

std::string problem_words(const CheckedProblem &problem) {
    return std::string(name_of(problem.op())) + " " + name_of(problem.dtype()) + " " + name_of(problem.form) + " " +
           name_of(problem.description.epilogue);
}

/// The names of all kernels that serve the problem, for texts that list the choices.
std::string fitting_names(const std::vector<RegisteredKernel> &kernels, const Situation &situation) {
    std::string text;
    for (const RegisteredKernel &candidate : kernels)
        if (mismatch(*candidate.kernel, situation).empty())
            text += (text.empty() ? "" : ", ") + std::string(candidate.kernel->name);
    return text.empty() ? "none" : text;
}

/// Resolves a variant forced by name.
Status choose_forced(const std::string &name, const char *source, const std::vector<RegisteredKernel> &kernels,
                     const Situation &situation, Choice &choice) {
    const auto forced = std::find_if(kernels.begin(), kernels.end(),
                                     [&](const RegisteredKernel &candidate) { return candidate.kernel->name == name; });
    if (forced == kernels.end())
        return {NF_UNKNOWN_VARIANT,
                std::string(source) + " \"" + name +
                    "\" is not registered; variants that serve this problem: " + fitting_names(kernels, situation)};
    if (const std::string text = mismatch(*forced->kernel, situation); !text.empty())
        return {NF_NO_VARIANT, std::string(source) + " \"" + name + "\" does not serve this problem: " + text +
                                   "; variants that do: " + fitting_names(kernels, situation)};
    choice.variant_reason = std::string("forced by ") + source;
    choice.store_reason = "that of the forced variant";
    (forced->kernel->store == NF_STORE_STREAM ? choice.stream : choice.cached) = *forced;
    return {};
}

/// NORMFORGE_STORE, for descriptions that leave the policy open.
Status wanted_store(nf_store described, nf_store &store, std::string &reason) {
    store = described;
    reason = "asked for by the description";
    if (described != NF_STORE_AUTO) return {};
    const char *text = std::getenv("NORMFORGE_STORE");
    if (!text || !*text) return {};
    const auto known = from_name<nf_store>(text);
    if (!known)
        return {NF_INVALID_ARGUMENT, std::string("NORMFORGE_STORE is \"") + text + "\", choices: " + choices_of<nf_store>()};
    store = *known;
    reason = "asked for by NORMFORGE_STORE";
    return {};
}

/// Decides between cached and streaming stores, and adds to `reason` why.
bool choose_store(const Situation &situation, nf_store store, std::string &reason) {
    bool stream = store == NF_STORE_STREAM;
    if (store == NF_STORE_AUTO) {
        const int64_t limit = stream_limit(last_level_cache_bytes(), situation.threads);
        stream = situation.problem.bytes > limit;
        reason = std::to_string(situation.problem.bytes) + " bytes touched " + (stream ? "exceed " : "do not exceed ") +
                 std::to_string(limit) + ", the smaller of last-level cache and " + std::to_string(kStreamBytesPerThread) +
                 " per thread";
    }
    if (const std::string unfit = unfit_for_streaming(situation); stream && !unfit.empty()) {
        stream = false;
        reason += ", but " + unfit;
    }
    return stream;
}

} // namespace

int64_t choose_group(int64_t channels, int64_t plane, const ElementBytes &bytes, int threads) {
    const auto rank = [&](int64_t group) {
        return std::tuple(channels / group >= threads,
                          group * plane * static_cast<int64_t>(bytes[RoleKind::TENSOR]) % kStreamAlignment == 0, group);
    };
    const int64_t longest = NF_MAX_RUN_BYTES / static_cast<int64_t>(bytes[RoleKind::SCRATCH]) / plane;
    int64_t best = 1;
    for (int64_t group = 2; group <= std::min({channels, int64_t{NF_MAX_GROUP}, longest}); ++group)
        if (channels % group == 0 && rank(group) > rank(best)) best = group;
    return best;
}

Status choose_kernels(const Situation &situation, Choice &choice) {
    const std::vector<RegisteredKernel> kernels = registered_kernels();
    nf_store store = NF_STORE_AUTO;
    if (Status status = wanted_store(situation.problem.description.store, store, choice.store_reason); status.failed())
        return status;
    const char *described = situation.problem.description.variant;
    const char *forced = described ? described : std::getenv("NORMFORGE_FORCE");
    if (forced && *forced) {
        const char *source = described ? "variant" : "NORMFORGE_FORCE";
        if (Status status = choose_forced(forced, source, kernels, situation, choice); status.failed()) return status;
        if (choice.cached.kernel) return {};
    }
    if (situation.problem.empty) return {}; // nothing runs; what is wrong with a wish was said above all the same

    bool stream = false;
    if (!choice.stream.kernel) {
        choice.variant_reason = "the first registered that serves the problem";
        stream = choose_store(situation, store, choice.store_reason);
    }
    // Also beside a streaming kernel: it serves executions whose output pointer is not aligned.
    const RegisteredKernel *cached = first_fit(kernels, NF_STORE_CACHED, situation);
    if (!cached)
        return {NF_NO_VARIANT, "no cached variant for " + problem_words(situation.problem) + " among the " +
                                   std::to_string(kernels.size()) + " registered runs on this machine"};
    choice.cached = *cached;
    if (!stream) return {};
    if (const RegisteredKernel *streaming = first_fit(kernels, NF_STORE_STREAM, situation))
        choice.stream = *streaming;
    else
        choice.store_reason += ", but no streaming variant is registered";
    return {};
}

} // namespace normforge
