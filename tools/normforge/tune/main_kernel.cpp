// SPDX-License-Identifier: MIT
// Asks what `normforge gen --shapes` would ask.
#include "tools/normforge/tune/main_kernel.h"

#include "generators/kernel_sets/from_problems.h"

#include <fmt/format.h>
#include <optional>
#include <stdexcept>

namespace normforge {

std::string MainKernel::default_symbol() const {
    VariantName generic = specialised;
    const std::string shape = shape_tag(*specialised_for(specialised));
    generic.tag.erase(generic.tag.find(shape), shape.size());
    if (!generic.tag.empty() && generic.tag.back() == '_') generic.tag.pop_back();
    return format_symbol(generic);
}

MainKernel main_kernel(const Problem &problem, const std::string &target) {
    std::optional<MainKernel> found;
    ProblemKernels kernels({target}, [&](const Problem &, const VariantName &kernel, bool can_stream) {
        found = MainKernel{kernel, can_stream};
        return std::optional<TunedChoice>();
    });
    const std::string why_not = kernels.add(problem);
    if (!found) throw std::runtime_error("it " + why_not);
    return *found;
}

} // namespace normforge
