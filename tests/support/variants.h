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
    VariantName parts;
    bool usable; ///< by this CPU
};

/// All registered ones, best first.
std::vector<Variant> registered_variants();

/// Whether op, element type, form and epilogue are those of the problem.
bool fits(const VariantName &variant, const Problem &problem);

} // namespace normforge::testing
