// SPDX-License-Identifier: MIT
// The C entry points. No exception leaves this file, see report.h.
#include "runtime/names.h"
#include "runtime/plan.h"
#include "runtime/registry.h"
#include "runtime/report.h"
#include "runtime/targets.h"
#include "runtime/threads.h"

using namespace normforge;

double nf_momentum_of_new(double w) {
    return 1 - w;
}

nf_status nf_description_init(nf_description *description, nf_op op) {
    return guarded([&]() -> Status {
        if (!description) return null_pointer("description");
        *description = nf_description{};
        description->struct_size = sizeof *description;
        description->op = op;
        description->axis = 1;
        description->eps = 1e-5;
        description->momentum = 0.9;
        description->slope = 0.01;
        description->parts = 1;
        return {};
    });
}

nf_status nf_tensors_init(nf_tensors *tensors) {
    return guarded([&]() -> Status {
        if (!tensors) return null_pointer("tensors");
        *tensors = nf_tensors{};
        tensors->struct_size = sizeof *tensors;
        return {};
    });
}

nf_status nf_plan_create(const nf_description *description, nf_plan **plan) {
    if (plan) *plan = nullptr;
    return guarded([&]() -> Status {
        if (!plan) return null_pointer("plan");
        if (!description) return null_pointer("description");
        std::unique_ptr<nf_plan> made;
        Status status = make_plan(*description, made);
        *plan = made.release();
        return status;
    });
}

void nf_plan_destroy(nf_plan *plan) {
    delete plan;
}

size_t nf_plan_workspace_size(const nf_plan *plan) {
    return plan ? plan->checks.workspace_size : 0;
}

const char *nf_plan_variant(const nf_plan *plan) {
    return plan ? plan->variant.c_str() : "";
}

const char *nf_plan_describe(const nf_plan *plan) {
    return plan ? plan->description.c_str() : "";
}

nf_status nf_plan_execute(const nf_plan *plan, const nf_tensors *tensors) {
    return guarded([&]() -> Status {
        if (!plan) return null_pointer("plan");
        if (!tensors) return null_pointer("tensors");
        return execute_plan(*plan, *tensors);
    });
}

const char *nf_last_variant(void) {
    return last_variant();
}

nf_status nf_register(const nf_kernel_table *table) {
    return guarded([&] { return table ? register_table(*table) : null_pointer("table"); });
}

size_t nf_variant_count(void) {
    size_t count = 0;
    const nf_status status = guarded([&]() -> Status {
        count = registered_kernels().size();
        return {};
    });
    return status == NF_SUCCESS ? count : 0;
}

nf_status nf_variant_at(size_t index, nf_variant *variant) {
    return guarded([&]() -> Status {
        if (!variant) return null_pointer("variant");
        if (Status status = check_struct_size("nf_variant", variant->struct_size, sizeof *variant, "the caller");
            status.failed())
            return status;
        const std::vector<RegisteredKernel> kernels = registered_kernels();
        if (index >= kernels.size())
            return {NF_INVALID_ARGUMENT, "index is " + std::to_string(index) + ", expected less than nf_variant_count(), " +
                                             std::to_string(kernels.size())};
        const auto &[kernel, table] = kernels[index];
        *variant = {sizeof *variant,
                    kernel->name,
                    table->set,
                    kernel->target,
                    kernel->parameters,
                    origin_of(*kernel),
                    target_usable(*find_target(kernel->target))};
        return {};
    });
}

int nf_target_usable(const char *target) {
    const Target *known = target ? find_target(target) : nullptr;
    return known ? target_usable(*known) : -1;
}

int nf_threads(void) {
    return thread_count();
}

nf_status nf_set_threads(int threads) {
    return guarded([&] { return set_thread_count(threads); });
}

void nf_set_parallel_for(nf_parallel_for parallel_for, void *context) {
    set_host_parallel_for(parallel_for, context);
}

const char *nf_last_error(void) {
    return last_error();
}

const char *nf_status_string(nf_status status) {
    const char *name = name_of<nf_status>(value_of(status));
    return name ? name : "unknown_status";
}

#define NF_TEXT_OF(number) #number
#define NF_TEXT(number) NF_TEXT_OF(number)
const char *nf_version(void) {
    return NF_TEXT(NF_VERSION_MAJOR) "." NF_TEXT(NF_VERSION_MINOR) "." NF_TEXT(NF_VERSION_PATCH);
}
