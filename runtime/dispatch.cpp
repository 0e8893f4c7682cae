// SPDX-License-Identifier: MIT
// Dispatch, see dispatch.h. One function says why a kernel does not serve a step; everything else asks it.
#include "runtime/dispatch.h"
#include "runtime/cpu_caches.h"
#include "runtime/gpu_fit.h"
#include "runtime/names.h"
#include "runtime/ops.h"
#include "runtime/targets.h"
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <tuple>

namespace normforge {
namespace {

bool whole_lines(int64_t elements, nf_dtype dtype) {
    return elements * element_bytes(dtype) % kStreamAlignment == 0;
}

template <class Enum>
std::string differs(const char *what, int kernel, Enum step) {
    if (kernel == static_cast<int>(step)) return {};
    return std::string("its ") + what + " is " + name_of<Enum>(kernel) + ", the problem's is " + name_of(step);
}

/// For what a kernel does or does not.
std::string differs(const char *what, bool kernel, bool step) {
    if (kernel == step) return {};
    return std::string(kernel ? "it does " : "it does not ") + what + ", the problem " + (step ? "does" : "does not");
}

std::string op_differs(int kernel, nf_op step, const Situation &situation) {
    if (situation.steps.size() == 1 || kernel == static_cast<int>(step)) return differs("op", kernel, step);
    std::string text = std::string("its op is ") + name_of<nf_op>(kernel) + ", the problem's steps are";
    for (const Step &each : situation.steps)
        text += std::string(&each == situation.steps.data() ? " " : ", ") + name_of(each.op);
    return text;
}

std::string shape_words(int64_t n, int64_t c, int64_t s) {
    return "n=" + std::to_string(n) + " c=" + std::to_string(c) + " s=" + std::to_string(s);
}

bool is_specialised(const nf_kernel &kernel) {
    return kernel.n != 0;
}

/// For kernels specialised for one shape.
std::string shape_differs(const nf_kernel &kernel, const Situation &situation) {
    const Box &box = situation.box;
    if (!is_specialised(kernel) || (situation.whole && kernel.n == box.n && kernel.c == box.c && kernel.s == box.s))
        return {};
    return "it is for shape " + shape_words(kernel.n, kernel.c, kernel.s) + ", the problem" +
           (situation.whole ? "'s is " + shape_words(box.n, box.c, box.s) : " runs in pieces");
}

/// Why a kernel does not serve a step on this machine, empty if it does. An empty batch has no form.
std::string mismatch(const nf_kernel &kernel, const Step &step, const Situation &situation) {
    const CheckedProblem &problem = situation.problem;
    const bool formless = problem.empty || !has_form(step.op);
    const nf_device device = find_target(kernel.target)->device;
    if (device != problem.description.device)
        return std::string("it is for ") + kernel.target + ", the problem for device " + name_of(problem.description.device);
    std::string text = op_differs(kernel.op, step.op, situation);
    const auto compare = [&](const auto &...what) {
        if (text.empty()) text = differs(what...);
    };
    compare("dtype", kernel.dtype, problem.dtype());
    compare("compute in f64", kernel.statistics64 != 0, needs_statistics64(problem.description));
    if (!formless) compare("form", kernel.form, problem.form);
    compare("epilogue", kernel.epilogue, epilogue_of(step, problem.description.epilogue));
    compare("add to what is there", kernel.accumulate != 0, step.accumulate);
    compare("take statistics as constants", kernel.frozen != 0, step.frozen);
    if (text.empty() && !formless) text = shape_differs(kernel, situation);
    if (!text.empty()) return text;
    if (!target_usable(*find_target(kernel.target))) return std::string("this machine cannot run target ") + kernel.target;
    if (!problem.empty && reduces(step.op) && device != NF_DEVICE_CPU && !has_partial_results(kernel) &&
        gpu_parts(problem, situation.box) > 1)
        return "it takes channels as a whole, the problem's have parts";
    if (kernel.alignment && !problem.empty) return unfit_for_vectors(problem, situation.box, kernel.alignment);
    return kernel.store == NF_STORE_STREAM && !problem.empty
               ? unfit_for_streaming(problem, step, situation.box, situation.threads)
               : std::string();
}

/// The first kernel with this store policy (AUTO: either) that serves the step and may be chosen unasked. `aligned`: whether
/// it asks for more of pointers than elements do.
const RegisteredKernel *first_fit(const std::vector<RegisteredKernel> &kernels, nf_store store, const Step &step,
                                  const Situation &situation, bool aligned = false) {
    for (const RegisteredKernel &candidate : kernels)
        if ((candidate.kernel->alignment != 0) == aligned && (store == NF_STORE_AUTO || candidate.kernel->store == store) &&
            !candidate.kernel->forced_only && mismatch(*candidate.kernel, step, situation).empty())
            return &candidate;
    return nullptr;
}

std::string step_words(const Step &step, const CheckedProblem &problem) {
    std::string text = std::string(name_of(step.op)) + " " + name_of(problem.dtype());
    if (has_form(step.op)) text += std::string(" ") + name_of(problem.form);
    if (has_epilogue(step.op)) text += std::string(" ") + name_of(epilogue_of(step, problem.description.epilogue));
    if (step.frozen) text += " with constant statistics";
    if (step.accumulate) text += " that adds to what is there";
    if (needs_statistics64(problem.description)) text += " computing in f64";
    return text;
}

/// The names of all kernels that serve some step, for texts that list the choices.
std::string fitting_names(const std::vector<RegisteredKernel> &kernels, const Situation &situation) {
    std::string text;
    for (const RegisteredKernel &candidate : kernels)
        if (std::any_of(situation.steps.begin(), situation.steps.end(),
                        [&](const Step &step) { return mismatch(*candidate.kernel, step, situation).empty(); }))
            text += (text.empty() ? "" : ", ") + std::string(candidate.kernel->name);
    return text.empty() ? "none" : text;
}

/// Why a kernel serves none of the steps: the first reason that does not concern the op, if there is one.
std::string mismatch(const nf_kernel &kernel, const Situation &situation) {
    if (situation.steps.empty()) return "the problem asks for nothing";
    const auto same_op = std::find_if(situation.steps.begin(), situation.steps.end(),
                                      [&](const Step &step) { return static_cast<int>(step.op) == kernel.op; });
    return mismatch(kernel, same_op == situation.steps.end() ? situation.steps.front() : *same_op, situation);
}

/// A variant asked for by name, and the step that it serves.
struct Forced {
    std::string name;
    const char *source;
    RegisteredKernel kernel{};
    const Step *step = nullptr;
};

std::optional<Forced> forced_variant(const nf_description &description) {
    const char *name = description.variant ? description.variant : std::getenv("NORMFORGE_FORCE");
    if (!name || !*name) return std::nullopt;
    return Forced{name, description.variant ? "variant" : "NORMFORGE_FORCE"};
}

Status resolve(Forced &forced, const std::vector<RegisteredKernel> &kernels, const Situation &situation) {
    const auto found = std::find_if(kernels.begin(), kernels.end(), [&](const RegisteredKernel &candidate) {
        return candidate.kernel->name == forced.name;
    });
    if (found == kernels.end())
        return {NF_UNKNOWN_VARIANT,
                std::string(forced.source) + " \"" + forced.name +
                    "\" is not registered; variants that serve this problem: " + fitting_names(kernels, situation)};
    forced.kernel = *found;
    for (const Step &step : situation.steps)
        if (!forced.step && mismatch(*found->kernel, step, situation).empty()) forced.step = &step;
    if (forced.step) return {};
    return {NF_NO_VARIANT, std::string(forced.source) + " \"" + forced.name +
                               "\" does not serve this problem: " + mismatch(*found->kernel, situation) +
                               "; variants that do: " + fitting_names(kernels, situation)};
}

/// The store policy that was asked for, NF_STORE_AUTO if none was, and by whom.
struct StoreWish {
    nf_store store = NF_STORE_AUTO;
    const char *reason = "";
};

Status wanted_store(nf_store described, StoreWish &wish) {
    wish = {described, "asked for by the description"};
    if (described != NF_STORE_AUTO) return {};
    const char *text = std::getenv("NORMFORGE_STORE");
    if (!text || !*text) return {};
    const auto known = from_name<nf_store>(text);
    if (!known)
        return {NF_INVALID_ARGUMENT, std::string("NORMFORGE_STORE is \"") + text + "\", choices: " + choices_of<nf_store>()};
    wish = {*known, "asked for by NORMFORGE_STORE"};
    return {};
}

/// Whether a step for which streaming stores are wanted can have them; if not, says in `reason` why.
bool can_stream(const Situation &situation, const Step &step, std::string &reason) {
    const std::string unfit = unfit_for_streaming(situation.problem, step, situation.box, situation.threads);
    if (!unfit.empty()) reason += ", but " + unfit;
    return unfit.empty();
}

/// Decides between cached and streaming stores, and says why in `reason`.
bool choose_store(const Situation &situation, const Step &step, const StoreWish &wish,
                  const std::vector<RegisteredKernel> &kernels, std::string &reason) {
    if (!has_store(step.op)) {
        reason = "the step writes no tensor";
        return false;
    }
    if (wish.store != NF_STORE_AUTO) {
        reason = wish.reason;
        return wish.store == NF_STORE_STREAM && can_stream(situation, step, reason);
    }
    const RegisteredKernel *first = first_fit(kernels, NF_STORE_AUTO, step, situation);
    if (first && is_specialised(*first->kernel)) {
        reason = "the policy of the kernel specialised for this shape";
        return first->kernel->store == NF_STORE_STREAM;
    }
    return streams_by_size(situation, step, reason);
}

bool needs_aligned_pointers(const nf_kernel &kernel) {
    return kernel.store == NF_STORE_STREAM || kernel.alignment;
}

Status choose(const Situation &situation, const Step &step, const Forced *forced, const StoreWish &wish,
              const std::vector<RegisteredKernel> &kernels, Choice &choice) {
    bool stream = false;
    if (forced && forced->step == &step) {
        choice.variant_reason = std::string("forced by ") + forced->source;
        choice.store_reason = "that of the forced variant";
        (needs_aligned_pointers(*forced->kernel.kernel) ? choice.stream : choice.cached) = forced->kernel;
        if (choice.cached.kernel) return {};
    } else if (situation.problem.description.device != NF_DEVICE_CPU) {
        choice.variant_reason = "the first registered that serves the problem";
        choice.store_reason = "a GPU has one policy";
        if (const RegisteredKernel *wide = first_fit(kernels, NF_STORE_CACHED, step, situation, true)) choice.stream = *wide;
    } else {
        choice.variant_reason = "the first registered that serves the problem";
        stream = choose_store(situation, step, wish, kernels, choice.store_reason);
    }
    // Also beside a streaming kernel: it serves executions whose output pointer is not aligned.
    const RegisteredKernel *cached = first_fit(kernels, NF_STORE_CACHED, step, situation);
    if (!cached)
        return {NF_NO_VARIANT, "no cached variant for " + step_words(step, situation.problem) + " among the " +
                                   std::to_string(kernels.size()) + " registered runs on this machine"};
    choice.cached = *cached;
    if (!stream) return {};
    if (const RegisteredKernel *streaming = first_fit(kernels, NF_STORE_STREAM, step, situation))
        choice.stream = *streaming;
    else
        choice.store_reason += ", but no streaming variant is registered";
    return {};
}

} // namespace

bool needs_statistics64(const nf_description &description) {
    return description.x.dtype != NF_F64 && description.statistics == NF_CHANNEL_F64;
}

int64_t choose_group(nf_op op, int64_t channels, int64_t plane, const ElementBytes &bytes, int threads) {
    return choose_group(op, channels, plane, {bytes[RoleKind::TENSOR], bytes[RoleKind::SCRATCH]}, threads);
}

int64_t group_of(const CheckedProblem &problem, const Box &box, int threads) {
    if (problem.form == NF_FORM_SMALL_PLANES && problem.description.device != NF_DEVICE_CPU) return box.c;
    if (problem.form != NF_FORM_SMALL_PLANES) return 1;
    return choose_group(problem.op(), box.c, box.s, problem.element_bytes(), threads);
}

std::string unfit_for_streaming(const CheckedProblem &problem, const Step &step, const Box &box, int threads) {
    const Tensor &output = *problem.tensor(*output_of(step));
    const Canonical &out = output.canonical;
    const nf_form form = problem.form;
    const nf_dtype dtype = problem.dtype();
    const int64_t group = group_of(problem, box, threads);
    const int64_t run = form == NF_FORM_LAST ? box.c : form == NF_FORM_INNER ? box.s : group * box.s;
    const std::string name = output.name;
    if (!whole_lines(run, dtype))
        return "streaming stores need contiguous runs of whole cache lines, " + name + "'s are " + std::to_string(run) +
               " elements";
    const Axis axes[] = {{box.n, out.stride_n}, {form == NF_FORM_INNER ? box.c : 1, out.stride_c}};
    for (const auto &[extent, stride] : axes)
        if (extent > 1 && !whole_lines(stride, dtype))
            return "streaming stores need strides of whole cache lines, " + name + " has one of " + std::to_string(stride) +
                   " elements";
    return {};
}

bool streams_by_size(const Situation &situation, const Step &step, std::string &reason) {
    const int64_t limit = stream_limit(last_level_cache_bytes(), situation.threads);
    const bool exceeds = situation.problem.bytes > limit;
    reason = std::to_string(situation.problem.bytes) + " bytes touched " + (exceeds ? "exceed " : "do not exceed ") +
             std::to_string(limit) + ", the smaller of last-level cache and " + std::to_string(kStreamBytesPerThread) +
             " per thread";
    return exceeds && can_stream(situation, step, reason);
}

Status choose_kernels(const Situation &situation, std::vector<Choice> &choices) {
    const std::vector<RegisteredKernel> kernels = registered_kernels();
    StoreWish wish;
    if (Status status = wanted_store(situation.problem.description.store, wish); status.failed()) return status;
    std::optional<Forced> forced = forced_variant(situation.problem.description);
    if (Status status = forced ? resolve(*forced, kernels, situation) : Status(); status.failed()) return status;
    if (situation.problem.empty) return {}; // nothing runs; what is wrong with a wish was said above all the same
    choices.resize(situation.steps.size());
    for (size_t i = 0; i < choices.size(); ++i)
        if (Status status = choose(situation, situation.steps[i], forced ? &*forced : nullptr, wish, kernels, choices[i]);
            status.failed())
            return status;
    return {};
}

} // namespace normforge
