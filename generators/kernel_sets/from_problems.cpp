// SPDX-License-Identifier: MIT
// From problems to the variants of a kernel set, see from_problems.h.
#include "generators/kernel_sets/from_problems.h"

#include "generators/tuning/parameters.h"
#include "runtime/ops.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace normforge {

namespace {

void require(const Status &status, const Problem &problem) {
    if (status.failed()) throw std::runtime_error(to_string(problem) + ": " + status.text);
}

/// The cached kernel of a step, for any shape, without its target.
VariantName kernel_of(const Step &step, const CheckedProblem &problem) {
    const nf_description &d = problem.description;
    std::string tag;
    for (const auto &[word, wanted] : {std::pair("frozen", step.frozen), std::pair("accumulate", step.accumulate),
                                       std::pair("stats64", needs_statistics64(d))})
        if (wanted) tag += (tag.empty() ? "" : "_") + std::string(word);
    return {step.op,
            problem.dtype(),
            has_form(step.op) ? problem.form : NF_FORM_INNER,
            epilogue_of(step, d.epilogue),
            NF_STORE_CACHED,
            "",
            tag};
}

bool same_kernel(const VariantName &a, const VariantName &b) {
    return a.op == b.op && a.dtype == b.dtype && a.form == b.form && a.epilogue == b.epilogue && a.tag == b.tag;
}

/// The words of the shape go before the others.
VariantName specialise_for(VariantName kernel, const Box &shape) {
    kernel.tag = shape_tag({shape.n, shape.c, shape.s}) + (kernel.tag.empty() ? "" : "_") + kernel.tag;
    return kernel;
}

/// The first, and how many there are besides: a model may have dozens of shapes.
std::string origin_of(const std::set<std::string> &origins) {
    return *origins.begin() + (origins.size() == 1 ? "" : "; likewise for " + std::to_string(origins.size() - 1) + " more");
}

/// Throws std::runtime_error if the parameters cannot be.
VariantRequest request(const VariantName &kernel, const TunedChoice &choice) {
    const std::string symbol = format_symbol(kernel);
    try {
        resolve(parse_parameters(choice.parameters), compile_target(kernel.target).facts, arithmetic_bytes(kernel));
    } catch (const std::invalid_argument &error) {
        throw std::runtime_error(symbol + " with parameters that are " + choice.origin + ": " + error.what());
    }
    return {symbol, choice.parameters, choice.origin};
}

} // namespace

ProblemKernels::ProblemKernels(std::vector<std::string> targets, TunedChooser choose)
    : targets_(std::move(targets)), choose_(std::move(choose)), specialised_(targets_.size()) {}

std::string ProblemKernels::add(const Problem &problem) {
    CheckedProblem checked;
    Outline outline;
    require(check_description(problem.description, checked), problem);
    require(outline_plan(checked, outline), problem);
    if (checked.empty) return "has no elements, so no kernel runs";
    if (outline.steps.empty()) return "asks for nothing, so no kernel runs";
    for (const Step &step : outline.steps) {
        const VariantName kernel = kernel_of(step, checked);
        const auto same = [&](const VariantName &other) { return same_kernel(kernel, other); };
        if (std::none_of(generic_.begin(), generic_.end(), same)) generic_.push_back(kernel);
    }
    if (checked.tensors.empty()) return "has no tensor, so its kernel is for any shape";
    if (outline.grid.boxes() > 1)
        return "runs in " + std::to_string(outline.grid.boxes()) + " pieces, so its kernels are for any shape";
    specialise(problem, checked, outline);
    return {};
}

void ProblemKernels::specialise(const Problem &problem, const CheckedProblem &checked, const Outline &outline) {
    const Situation situation = situation_of(checked, outline);
    const size_t main = named_step(outline.steps);
    const bool aligned = problem.offset_bytes % kStreamAlignment == 0;
    for (size_t i = 0; i < outline.steps.size(); ++i) {
        const Step &step = outline.steps[i];
        if (!has_form(step.op)) continue;
        std::string ignored;
        VariantName kernel = specialise_for(kernel_of(step, checked), situation.box);
        const bool can_stream =
            has_store(step.op) && aligned && unfit_for_streaming(checked, step, situation.box, situation.threads).empty();
        const nf_store by_size = can_stream && streams_by_size(situation, step, ignored) ? NF_STORE_STREAM : NF_STORE_CACHED;
        for (size_t t = 0; t < targets_.size(); ++t) {
            kernel.target = targets_[t];
            kernel.store = by_size;
            const auto tuned = choose_ && i == main ? choose_(problem, kernel, can_stream) : std::nullopt;
            const TunedChoice choice = tuned.value_or(TunedChoice{});
            if (!choice.specialise) {
                VariantName generic = kernel_of(step, checked);
                generic.target = targets_[t];
                generic.store = by_size;
                kept_[format_symbol(generic)].insert(choice.origin);
                continue;
            }
            kernel.store = choice.store.value_or(by_size);
            if (kernel.store == NF_STORE_STREAM && !can_stream)
                throw std::logic_error(format_symbol(kernel) + ": streaming stores were chosen where they do not fit");
            (aligned ? specialised_[t].aligned : specialised_[t].misaligned).push_back(request(kernel, choice));
        }
    }
}

KernelSet ProblemKernels::set(const std::string &name) const {
    if (generic_.empty()) throw std::runtime_error("no problem needs a kernel");
    KernelSet set = {name, {}};
    std::set<std::string> symbols;
    for (size_t t = 0; t < targets_.size(); ++t) {
        for (const auto *list : {&specialised_[t].aligned, &specialised_[t].misaligned})
            for (const VariantRequest &variant : *list)
                if (symbols.insert(variant.symbol).second) set.variants.push_back(variant);
        for (VariantName kernel : generic_) {
            kernel.target = targets_[t];
            for (const nf_store store : {NF_STORE_STREAM, NF_STORE_CACHED}) {
                if (store == NF_STORE_STREAM && !has_store(kernel.op)) continue;
                kernel.store = store;
                TunedChoice defaults;
                if (const auto kept = kept_.find(format_symbol(kernel)); kept != kept_.end())
                    defaults.origin = origin_of(kept->second);
                set.variants.push_back(request(kernel, defaults));
            }
        }
    }
    return set;
}

} // namespace normforge
