// SPDX-License-Identifier: MIT
// Plans for the CPU in a process where something else has loaded CUDA's driver, as PyTorch does: it must stay as it is, or
// CUDA fails in the children that the process forks. The driver is fake_driver.cpp, which counts. What it does where there
// is a device is told by cuda_test.cpp: the runtime asks for devices once in a process.
#include "tests/unit/fake_driver.h"
#include "tests/unit/run.h"
#include <string>

using namespace normforge;
using namespace normforge::unit;

TEST_CASE("plans for the CPU ask the driver about pointers, but do not initialise it") {
    const FakeDriver &driver = load_fake_driver(NF_FAKE_DRIVER);
    register_fakes();
    Run run("forward_inference:f32:nchw:3x5x20x16");
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(driver.questions > 0);
    CHECK(driver.initialisations == 0);

    nf_description on_device = run.description;
    on_device.device = NF_DEVICE_CUDA;
    nf_plan *plan = nullptr;
    CHECK(nf_plan_create(&on_device, &plan) == NF_NO_DEVICE);
    CHECK(std::string(nf_last_error()).find("no CUDA device: the driver knows no device") != std::string::npos);
    CHECK(nf_plan_create(&on_device, &plan) == NF_NO_DEVICE);
    CHECK(driver.initialisations == 1);
}
