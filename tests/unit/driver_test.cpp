// SPDX-License-Identifier: MIT
// Plans for the CPU in a process where something else has loaded CUDA's driver, as PyTorch does: it must stay as it is, or
// CUDA fails in the children that the process forks. The driver is fake_driver.cpp, which counts.
#include "tests/unit/run.h"
#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <string>

using namespace normforge;
using namespace normforge::unit;

TEST_CASE("plans for the CPU ask the driver about pointers, but do not initialise it") {
    void *const driver = dlopen(NF_FAKE_DRIVER, RTLD_NOW);
    REQUIRE(driver);
    const auto count = [&](const char *name) { return *static_cast<int *>(dlsym(driver, name)); };
    register_fakes();
    Run run("forward_inference:f32:nchw:3x5x20x16");
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(count("fake_questions") > 0);
    CHECK(count("fake_initialisations") == 0);

    nf_description on_device = run.description;
    on_device.device = NF_DEVICE_CUDA;
    nf_plan *plan = nullptr;
    CHECK(nf_plan_create(&on_device, &plan) == NF_NO_DEVICE);
    CHECK(std::string(nf_last_error()).find("no CUDA device: the driver knows no device") != std::string::npos);
    CHECK(nf_plan_create(&on_device, &plan) == NF_NO_DEVICE);
    CHECK(count("fake_initialisations") == 1);
}
