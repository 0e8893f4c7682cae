// SPDX-License-Identifier: MIT
// The audit itself, with code for arm-64: what the reader makes of it, and that each fault is noticed as what it is.
#include "tests/audit/fake_kernels.h"
#include "tests/audit/properties.h"

#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::audit;
using Kind = assembly::TensorLoop::Kind;

namespace {

const assembly::CodeFile &arm_code() {
    static const assembly::CodeFile file(NF_ARM_FAKES);
    return file;
}

std::set<Property> faults(const char *name, nf_store store = NF_STORE_CACHED, nf_dtype dtype = NF_F32) {
    return faults_of(arm_code(), fake_kernel(name, "arm-64", store, dtype));
}

std::vector<assembly::TensorLoop> loops(const char *name) {
    return assembly::tensor_loops(assembly::trace(arm_code(), name), fake_kernel(name, "arm-64", NF_STORE_CACHED));
}

} // namespace

TEST_CASE("Sound kernels for arm-64 pass") {
    for (const char *name : {"arm_cached", "arm_single", "arm_with_tail", "arm_prefetch", "arm_scratch", "arm_task"}) {
        INFO(name);
        CHECK(faults(name).empty());
    }
    CHECK(faults("arm_stream", NF_STORE_STREAM).empty());
    CHECK(faults("arm_detour", NF_STORE_STREAM).empty());
    CHECK(faults("arm_halves", NF_STORE_CACHED, NF_F16).empty());
}

TEST_CASE("Each fault is noticed in code for arm-64") {
    using P = Property;
    CHECK(faults("arm_lanes") == std::set{P::NoGathers});
    CHECK(faults("arm_spill") == std::set{P::NoSpills});
    CHECK(faults("arm_narrow") == std::set{P::Width});
    CHECK(faults("arm_unknown") == std::set{P::Understood});
    CHECK(faults("arm_unpaired") == std::set{P::Pairs});
    CHECK(faults("arm_diluted") == std::set{P::Density});
    CHECK(faults("arm_cached", NF_STORE_STREAM) == std::set{P::StorePolicy});
    CHECK(faults("arm_stream", NF_STORE_CACHED) == std::set{P::StorePolicy});
    CHECK(faults("arm_half_loads", NF_STORE_CACHED, NF_F16) == std::set{P::WholeLoads});
    CHECK(faults("arm_in_halves", NF_STORE_CACHED, NF_F16) == std::set{P::Halves});
    CHECK(faults("arm_unconverted", NF_STORE_CACHED, NF_F16) == std::set{P::Halves});
    for (const char *name : {"arm_scalar_sum", "arm_scalar_output", "arm_half_vectors"}) {
        INFO(name);
        CHECK(faults(name) == std::set{P::Sweeps, P::NoElementWalk});
    }
}

TEST_CASE("Loops for arm-64 are what they do") {
    const auto found = loops("arm_with_tail");
    REQUIRE(found.size() == 3);
    CHECK(found[0].kind == Kind::Reduction);
    CHECK(found[1].kind == Kind::Tail);
    CHECK(found[2].kind == Kind::Output);
    CHECK(found[0].tensor_bytes(false) == std::map<nf_role, int>{{NF_ROLE_x, 32}});
    CHECK(found[2].tensor_bytes(true) == std::map<nf_role, int>{{NF_ROLE_y, 32}});
    CHECK(loops("arm_stream")[1].tensor_stores(true) == 1);
    CHECK(loops("arm_spill")[0].slots() == 2);
    CHECK(loops("arm_scratch")[0].slots() == 0);
    CHECK(loops("arm_task")[1].function == "arm_task_body");
}
