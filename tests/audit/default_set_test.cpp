// SPDX-License-Identifier: MIT
// The machine code of the default kernel set. It is read, not run: any x86-64 machine can do it, whatever its CPU lacks.
#include "tests/audit/properties.h"

#include <catch2/catch.hpp>
#include <default.h>

using namespace normforge;
using namespace normforge::audit;

namespace {

/// Of all kernels, made once.
const Complaints &complaints() {
    static const Complaints all = [] {
        Complaints found;
        const assembly::CodeFile file(NF_DEFAULT_SET);
        for (size_t i = 0; i < nf_kernels_default.kernel_count; i++) check(file, nf_kernels_default.kernels[i], found);
        return found;
    }();
    return all;
}

void expect(Property property) {
    REQUIRE(nf_kernels_default.kernel_count > 0);
    const auto found = complaints().find(property);
    if (found == complaints().end()) return;
    for (const std::string &complaint : found->second) FAIL_CHECK(complaint);
}

} // namespace

TEST_CASE("Every access in a loop over tensors is understood") {
    expect(Property::Understood);
}

TEST_CASE("Every sweep over tensors has a loop that takes whole vectors") {
    expect(Property::Sweeps);
}

TEST_CASE("Hot loops compute in the full vectors of their target") {
    expect(Property::Width);
}

TEST_CASE("No kernel gathers or scatters") {
    expect(Property::NoGathers);
}

TEST_CASE("No loop walks over a tensor element by element, tails apart") {
    expect(Property::NoElementWalk);
}

TEST_CASE("Reduction loops spill nothing") {
    expect(Property::NoSpills);
}

TEST_CASE("Streaming stores are where the store policy says, and only there") {
    expect(Property::StorePolicy);
}
