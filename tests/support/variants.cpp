// SPDX-License-Identifier: MIT
// See variants.h.
#include "tests/support/variants.h"

#include "tests/support/canonical.h"
#include <stdexcept>

namespace normforge::testing {

std::vector<Variant> registered_variants() {
    std::vector<Variant> variants;
    for (size_t i = 0; i < nf_variant_count(); ++i) {
        nf_variant variant;
        if (nf_variant_at(i, &variant) != NF_SUCCESS) throw std::runtime_error(nf_last_error());
        variants.push_back({variant.name, parse_symbol(variant.name), variant.usable != 0});
    }
    return variants;
}

bool fits(const VariantName &variant, const Problem &problem) {
    const nf_description &d = problem.description;
    return variant.op == d.op && variant.dtype == d.x.dtype && variant.epilogue == d.epilogue &&
           variant.form == problem_tensors(d).form;
}

} // namespace normforge::testing
