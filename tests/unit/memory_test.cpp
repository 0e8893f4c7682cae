// SPDX-License-Identifier: MIT
// What callers see when the system refuses memory: this program's operator new does so on demand.
#include "runtime/cpu_features.h"
#include "runtime/problem.h"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>
#include <normforge/kernel_table.h>

using namespace normforge;

namespace {

bool refuse = false;

/// For the length of its life no memory is given.
struct NoMemory {
    NoMemory() { refuse = true; }
    ~NoMemory() { refuse = false; }
    NoMemory(const NoMemory &) = delete;
    NoMemory &operator=(const NoMemory &) = delete;
};

int fail(void **) {
    return 42;
}

} // namespace

void *operator new(size_t size) {
    void *const memory = refuse ? nullptr : std::malloc(size ? size : 1);
    if (!memory) throw std::bad_alloc();
    return memory;
}

void *operator new(size_t size, const std::nothrow_t &) noexcept {
    try {
        return operator new(size);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void operator delete(void *memory) noexcept {
    std::free(memory);
}

void operator delete(void *memory, size_t) noexcept {
    std::free(memory);
}

TEST_CASE("memory that is refused becomes a status") {
    static constexpr uint8_t kRoles[] = {NF_ROLE_x, NF_ROLE_y};
    static const nf_kernel kKernel = [] {
        nf_kernel kernel{};
        kernel.name = "a_name_that_no_short_string_holds";
        kernel.target = cpu_architecture();
        kernel.parameters = "";
        kernel.op = NF_FORWARD_INFERENCE;
        kernel.form = NF_FORM_LAST;
        kernel.store = NF_STORE_CACHED;
        kernel.role_count = sizeof kRoles;
        kernel.roles = kRoles;
        kernel.run = &fail;
        return kernel;
    }();
    static const nf_kernel_host *host = nullptr;
    static const nf_kernel_table table = {NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "failing", &kKernel, 1, &host};
    nf_status status = NF_SUCCESS;
    {
        const NoMemory none;
        status = nf_register(&table);
    }
    CHECK(status == NF_OUT_OF_MEMORY);
    CHECK(nf_variant_count() == 0);
    REQUIRE(nf_register(&table) == NF_SUCCESS);

    const nf_description description = parse_problem("forward_inference:f32:nc:4x3").description;
    nf_plan *plan = nullptr;
    {
        const NoMemory none;
        status = nf_plan_create(&description, &plan);
    }
    CHECK(status == NF_OUT_OF_MEMORY);
    CHECK(plan == nullptr);
    REQUIRE(nf_plan_create(&description, &plan) == NF_SUCCESS);

    float x[12] = {}, y[12] = {}, mean[3] = {}, variance[3] = {};
    nf_tensors tensors;
    nf_tensors_init(&tensors);
    tensors.x = x;
    {
        const NoMemory none;
        status = nf_plan_execute(plan, &tensors); // y is null, but there is no memory to say so
    }
    CHECK(status == NF_OUT_OF_MEMORY);
    tensors.y = y;
    tensors.running_mean = {mean, 3};
    tensors.running_variance = {variance, 3};
    {
        const NoMemory none;
        status = nf_plan_execute(plan, &tensors);
    }
    CHECK(status == NF_KERNEL_FAILED); // whatever the memory: outputs may be half written
    CHECK(nf_plan_execute(plan, &tensors) == NF_KERNEL_FAILED);
    CHECK(std::string(nf_last_error()) == "a_name_that_no_short_string_holds returned 42");
    nf_plan_destroy(plan);
}
