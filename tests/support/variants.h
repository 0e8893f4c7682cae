// SPDX-License-Identifier: MIT
// Which registered variants a problem can run, told from their names and not by asking the library: one that does not run
// where it should is then a failure and not a skip.
#pragma once

#include "runtime/problem.h"
#include "runtime/symbol.h"
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

/// A shape list once for each element type.
std::vector<ShapeLine> typed_shapes(const std::string &shape_list_name);

constexpr nf_dtype kDtypes[] = {NF_F32, NF_F64, NF_F16, NF_BF16};

/// Whether op, element type, form and epilogue are those of the problem, and a stream variant could store whole cache lines.
/// Nothing fits an empty problem.
bool fits(const VariantName &variant, const Problem &problem);

/// A usable variant and the lines of a shape list that fit it.
struct VariantShapes {
    Variant variant;
    std::vector<Problem> problems;
};

/// For every variant this CPU can run. Prints which ones it cannot, with the reason; throws if a variant fits no line, for
/// it would go untested.
std::vector<VariantShapes> variants_with_shapes(const std::string &shape_list_name);

} // namespace normforge::testing
