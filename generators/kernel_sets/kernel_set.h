// SPDX-License-Identifier: MIT
// Kernel sets: which variants a library holds, best first. The only list; build, dispatch, tests and benchmarks come from
// it.
//   {"name": "default", "dtype"?: {TARGET: [...], ...}, "kernels": [RULE, ...]}
//   RULE = {"op": [...], "dtype"?: [...], "form": [...], "epilogue": [...], "store": [...],
//           "target"?: [...], "tag"?: "...", "parameters"?: "..."}
// A rule stands for the product of its lists. A word that the rule's ops do not have (runtime/ops.h) is left out. The
// element types of a set are the rule's or, where the set lists them by target, those of the target that the rule does not
// leave out. A set is compiled for the targets asked for; a rule with "target" only for those of its list. Where the set or
// the rule leaves out a target that has a base, it gets the base's types and kernels.
#pragma once

#include "generators/kernel_sets/variant.h"
#include "runtime/symbol.h"

#include <optional>
#include <string>
#include <vector>

namespace normforge {

/// Whether a word can be the name of a kernel set: a C identifier.
bool is_set_name(const std::string &word);

/// The target that a kernel is named after when it is compiled for `target`, one of `targets`: its base unless the target
/// has code `of_its_own`. Nothing where the base is one of `targets` itself, so that no code is compiled twice.
std::optional<std::string> kernel_target(const std::string &target, const std::vector<std::string> &targets,
                                         bool of_its_own);

struct KernelSet {
    std::string name; ///< a C identifier: the library is lib<name>, its table nf_kernels_<name>
    std::vector<VariantRequest> variants;
};

/// Reads a kernel set and expands it for `targets`, best target first. Throws std::runtime_error that names the file, the
/// place in it, what came and what was expected.
KernelSet read_kernel_set(const std::string &path, const std::vector<std::string> &targets);

} // namespace normforge
