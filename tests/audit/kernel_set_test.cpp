// SPDX-License-Identifier: MIT
// The machine code of a kernel set: of the library that the environment variable NORMFORGE_AUDITED_SET names, else of the
// default set. It is read, not run: any x86-64 machine can do it for every target.
#include "tests/audit/properties.h"

#include "tools/normforge/asm/kernel_image.h"

#include <catch2/catch.hpp>
#include <cstdlib>

using namespace normforge;
using namespace normforge::audit;

namespace {

std::string audited_file() {
    const char *named = std::getenv("NORMFORGE_AUDITED_SET");
    return named ? named : NF_DEFAULT_SET;
}

const nf_kernel_table &audited() {
    static const assembly::KernelImage image(audited_file());
    return image.table();
}

/// Of all kernels, made once.
const Complaints &complaints() {
    static const Complaints all = [] {
        Complaints found;
        const assembly::CodeFile file(audited_file());
        for (size_t i = 0; i < audited().kernel_count; i++) check(file, audited().kernels[i], found);
        return found;
    }();
    return all;
}

void expect(Property property) {
    REQUIRE(audited().kernel_count > 0);
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

TEST_CASE("Hot loops for arm-64 move at least 16 bytes with each load and store, most in pairs of registers") {
    expect(Property::WholeLoads);
    expect(Property::Pairs);
}

TEST_CASE("Hot loops for arm-64 move enough bytes of tensors per instruction") {
    expect(Property::Density);
}

TEST_CASE("No kernel gathers or scatters") {
    expect(Property::NoGathers);
}

TEST_CASE("No loop walks over a tensor element by element, tails apart") {
    expect(Property::NoElementWalk);
}

TEST_CASE("No load of a loop that writes rows waits for a mask") {
    expect(Property::PlainLoads);
}

TEST_CASE("Reduction loops spill nothing") {
    expect(Property::NoSpills);
}

TEST_CASE("Streaming stores are where the store policy says, and only there") {
    expect(Property::StorePolicy);
}

TEST_CASE("bf16 is rounded by an instruction for it where the target has one, and only there") {
    expect(Property::Bf16);
}

TEST_CASE("f16 is converted by instructions of the target and never computed in") {
    expect(Property::Halves);
}
