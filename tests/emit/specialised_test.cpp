// SPDX-License-Identifier: MIT
// Kernels specialised for one shape (specialised.json) give the bits of those for any shape, and do not run other shapes.
#include "runtime/text.h"
#include "tests/support/runner.h"
#include "tests/support/variants.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <normforge/kernel_table.h>
#include <specialised.h>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// Any problem whose kernels see this shape in this form.
Problem shape_of(nf_form form, const Extents &shape) {
    const int64_t extents[] = {shape.n, shape.c, shape.s};
    return parse_problem(std::string("forward_train:f32:") +
                         (form == NF_FORM_LAST ? "nc:" + times_text(extents, 2) : "ncw:" + times_text(extents, 3)));
}

/// The name of the same kernel for any shape.
std::string any_shape(VariantName name) {
    name.tag = name.form == NF_FORM_SMALL_PLANES ? "planes" : "";
    return format_symbol(name);
}

} // namespace

TEST_CASE("a kernel for one shape gives the bits of the kernel for any") {
    REQUIRE(nf_register(&nf_kernels_specialised) == NF_SUCCESS);
    int compared = 0, streaming = 0, skipped = 0;
    for (const Variant &variant : registered_variants()) {
        const std::optional<Extents> shape = specialised_for(variant.parts);
        if (!shape) continue;
        if (!variant.usable) {
            ++skipped;
            continue;
        }
        INFO(variant.name);
        const Problem problem = problem_for(variant.parts, shape_of(variant.parts.form, *shape));
        REQUIRE(fits(variant.parts, problem));
        const Inputs inputs = make_inputs(problem.description, {});
        const Results expected = run(problem, inputs, {any_shape(variant.parts), 1});
        for (const int threads : {1, 3})
            for (const Edge edge : {Edge::begin, Edge::end})
                CHECK(first_difference(run(problem, inputs, {variant.name, threads, edge}), expected).empty());
        ++compared;
        streaming += variant.parts.store == NF_STORE_STREAM ? 1 : 0;
    }
    const nf_kernel_table &table = nf_kernels_specialised;
    const auto all =
        std::count_if(table.kernels, table.kernels + table.kernel_count, [](const nf_kernel &k) { return k.n; });
    CHECK(compared + skipped == all);
    CHECK((streaming > 0 || skipped == all));
}

TEST_CASE("a kernel for one shape is refused for another") {
    REQUIRE(nf_register(&nf_kernels_specialised) == NF_SUCCESS);
    for (const Variant &variant : registered_variants()) {
        std::optional<Extents> shape = specialised_for(variant.parts);
        if (!shape || !variant.usable) continue;
        ++shape->n;
        const Problem problem = problem_for(variant.parts, shape_of(variant.parts.form, *shape));
        INFO(variant.name);
        CHECK_FALSE(fits(variant.parts, problem));
        nf_description description = problem.description;
        description.variant = variant.name.c_str();
        nf_plan *plan = nullptr;
        CHECK(nf_plan_create(&description, &plan) == NF_NO_VARIANT);
        CHECK_THAT(nf_last_error(), Catch::Contains("it is for shape n=" + std::to_string(shape->n - 1)));
        nf_plan_destroy(plan);
    }
}
