// SPDX-License-Identifier: MIT
// Which registered variants a problem can run, told from their names and not by asking the library: one that does not run
// where it should is then a failure and not a skip.
#pragma once

#include "runtime/problem.h"
#include "runtime/symbol.h"
#include "tests/support/steps.h"
#include <string>
#include <vector>

namespace normforge::testing {

struct Variant {
    std::string name;
    std::string set; ///< name of its kernel set
    VariantName parts;
    bool usable; ///< by this CPU
};

/// The lines of benchmarks/shapes/<name>.
std::vector<ShapeLine> shape_list(const std::string &name);

/// All registered ones, best first.
std::vector<Variant> registered_variants();

/// The same problem with elements of another type; a deliberate misalignment becomes one element of it.
Problem with_type(Problem problem, nf_dtype dtype);

constexpr nf_dtype kDtypes[] = {NF_F32, NF_F64, NF_F16, NF_BF16};

/// Whether op, element type, form, epilogue, flavours and, of a specialised variant, the shape are those of the step, and a
/// stream variant could store whole cache lines.
bool serves(const VariantName &variant, const Step &step, const Problem &problem);

/// Whether it serves a step of the problem.
bool fits(const VariantName &variant, const Problem &problem);

/// The problem that a variant serves alone, with layout, shape and strides of another one. Kernels of backward_apply that
/// keep the statistics constant run in backward_frozen, where neither dgamma nor dbeta is asked for.
Problem problem_for(const VariantName &variant, const Problem &shape);

/// A problem and the usable variants that serve a step of it.
struct ProblemVariants {
    Problem problem;
    std::vector<Variant> variants;
};

/// Every variant this CPU can run, with every layout and shape that fits it; with NORMFORGE_TEST_SHARE=n in the environment,
/// with one of n layouts and shapes.
std::vector<ProblemVariants> problems_with_variants(const std::vector<Problem> &shapes);

/// The same for a shape list. Prints which variants this CPU cannot run; throws if a variant fits no line, for it would go
/// untested.
std::vector<ProblemVariants> problems_with_variants(const std::string &shape_list_name);

} // namespace normforge::testing
