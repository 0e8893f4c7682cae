// SPDX-License-Identifier: MIT
// Kernel sets made from problems: for every step of every problem's plan a kernel specialised for its shape, and behind all
// of these the same kernels for any shape, so that other shapes, strides, threads and misaligned pointers run, too. What a
// problem needs is what the runtime's own composition and dispatch say.
#pragma once

#include "generators/kernel_sets/kernel_set.h"
#include "runtime/outline.h"
#include "runtime/problem.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace normforge {

/// What tuning found for the main kernel of a problem.
struct TunedChoice {
    std::string parameters;         ///< schedule parameters, "name=value ..."
    std::optional<nf_store> store;  ///< nothing: the policy that dispatch chooses by size
    std::string origin = "default"; ///< where they come from, in words
    bool specialise = true;         ///< else the kernel for any shape is as good, and `origin` says who found so
};

/// Asked for the kernel that nf_plan_variant() names, specialised for the problem's shape, in the store policy that dispatch
/// chooses by size; `can_stream`: whether the answer may be NF_STORE_STREAM. Nothing: the defaults.
using TunedChooser =
    std::function<std::optional<TunedChoice>(const Problem &problem, const VariantName &kernel, bool can_stream)>;

class ProblemKernels {
public:
    /// The kernels are compiled for each of `targets`, best first.
    explicit ProblemKernels(std::vector<std::string> targets, TunedChooser choose = {});

    /// Adds what a problem needs. Returns why it gets no kernel for its shape, empty if it does. Throws std::runtime_error
    /// if the library refuses the problem.
    std::string add(const Problem &problem);

    /// All that was added: for each target in turn the specialised kernels in the order of the problems, then those for any
    /// shape, cached behind streaming. Throws std::runtime_error if nothing was.
    KernelSet set(const std::string &name) const;

private:
    void specialise(const Problem &problem, const CheckedProblem &checked, const Outline &outline);

    std::vector<std::string> targets_;
    TunedChooser choose_;
    /// Kernels of one target for one shape each, repeats included. Those of misaligned problems never stream and go last, or
    /// they would decide the store policy of the same shape in aligned memory.
    struct Specialised {
        std::vector<VariantRequest> aligned, misaligned;
    };
    std::vector<Specialised> specialised_; ///< as targets_
    std::vector<VariantName> generic_;     ///< without target, each once; cached
    /// Symbol of a kernel for any shape that is as good for some -> who found so, the tuning of such a problem itself first.
    std::map<std::string, std::set<std::string>> kept_;
};

} // namespace normforge
