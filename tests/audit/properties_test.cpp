// SPDX-License-Identifier: MIT
// The audit itself, with code for AVX2: sound kernels pass, and each fault is noticed as what it is.
#include "tests/audit/fake_kernels.h"
#include "tests/audit/properties.h"

#include <catch2/catch.hpp>
#include <set>

using namespace normforge;
using namespace normforge::audit;
using Kind = assembly::TensorLoop::Kind;

namespace {

const assembly::CodeFile &own_code() {
    static const assembly::CodeFile file("/proc/self/exe");
    return file;
}

std::set<Property> faults(const char *name, nf_store store = NF_STORE_CACHED) {
    return faults_of(own_code(), fake_kernel(name, "x86-64-avx2", store));
}

std::vector<assembly::TensorLoop> loops(const char *name) {
    return assembly::tensor_loops(assembly::trace(own_code(), name), fake_kernel(name, "x86-64-avx2", NF_STORE_CACHED));
}

} // namespace

TEST_CASE("Sound kernels pass") {
    CHECK(faults("fake_cached").empty());
    CHECK(faults("fake_stream", NF_STORE_STREAM).empty());
    CHECK(faults("fake_with_tail").empty());
    CHECK(faults("fake_scratch").empty());
    CHECK(faults("fake_prefetch").empty());
    CHECK(faults("fake_detour", NF_STORE_STREAM).empty());
}

TEST_CASE("Each fault is noticed") {
    using P = Property;
    CHECK(faults("fake_gather") == std::set{P::NoGathers});
    CHECK(faults("fake_gathered_tail") == std::set{P::NoGathers});
    CHECK(faults("fake_spill") == std::set{P::NoSpills});
    CHECK(faults("fake_narrow") == std::set{P::Width});
    CHECK(faults("fake_unknown") == std::set{P::Understood});
    for (const char *name : {"fake_scalar_sum", "fake_scalar_output", "fake_half_vectors", "fake_masked"}) {
        INFO(name);
        CHECK(faults(name) == std::set{P::Sweeps, P::NoElementWalk});
    }
}

TEST_CASE("Stores that break the store policy are noticed") {
    CHECK(faults("fake_cached", NF_STORE_STREAM) == std::set{Property::StorePolicy});
    CHECK(faults("fake_stream", NF_STORE_CACHED) == std::set{Property::StorePolicy});
}

TEST_CASE("Rounding to bf16 by an instruction is for the target that has it") {
    const auto bf16_faults = [](const char *name, const char *target) {
        return faults_of(own_code(), fake_kernel(name, target, NF_STORE_CACHED, NF_BF16));
    };
    CHECK(bf16_faults("fake_bf16", "x86-64-avx512-bf16").empty());
    CHECK(bf16_faults("fake_bf16_by_integers", "x86-64-avx512").empty());
    CHECK(bf16_faults("fake_bf16", "x86-64-avx512") == std::set{Property::Bf16});
    CHECK(bf16_faults("fake_bf16_by_integers", "x86-64-avx512-bf16") == std::set{Property::Bf16});
}

TEST_CASE("A mask that chooses between results takes whole vectors, one that says what is there does not") {
    const auto faults_of_choice = [](const char *name, nf_form form = NF_FORM_INNER) {
        nf_kernel kernel = fake_kernel(name, "x86-64-avx512", NF_STORE_CACHED, NF_BF16);
        kernel.form = static_cast<uint8_t>(form);
        return faults_of(own_code(), kernel);
    };
    CHECK(faults_of_choice("fake_choice").empty());
    CHECK(faults_of_choice("fake_choice", NF_FORM_LAST) == std::set{Property::PlainLoads});
    CHECK(faults_of_choice("fake_half_choice") == std::set{Property::Sweeps, Property::NoElementWalk});
}

TEST_CASE("Loops are what they do") {
    const auto found = loops("fake_with_tail");
    REQUIRE(found.size() == 3);
    CHECK(found[0].kind == Kind::Reduction);
    CHECK(found[1].kind == Kind::Tail);
    CHECK(found[2].kind == Kind::Output);
    CHECK(found[0].tensor_bytes(false) == std::map<nf_role, int>{{NF_ROLE_x, 32}});
    CHECK(found[0].tensor_bytes(true).empty());
    CHECK(found[2].tensor_bytes(true) == std::map<nf_role, int>{{NF_ROLE_y, 32}});
    CHECK(loops("fake_spill")[0].slots() == 2);
    CHECK(loops("fake_scratch")[0].slots() == 0);
    CHECK(loops("fake_detour")[1].tensor_stores(true) == 1);
}

TEST_CASE("Files without the symbols of kernels are refused") {
    CHECK_THROWS_WITH(assembly::CodeFile("/absent/libnone.so"), Catch::Contains("cannot be read"));
    CHECK_THROWS_WITH(assembly::CodeFile("/dev/null"), Catch::Contains("is cut off"));
    CHECK_THROWS_WITH(assembly::trace(own_code(), "nf_absent"), Catch::Contains("has no function nf_absent"));
}
