// SPDX-License-Identifier: MIT
// The plan: everything about an execution that does not depend on pointers, worked out once. Immutable after make_plan().
#pragma once

#include "runtime/bind.h"
#include "runtime/capture.h"
#include "runtime/device/device.h"
#include "runtime/operand_checks.h"
#include <memory>
#include <string>
#include <vector>

/// The plan of the C contract.
struct nf_plan {
    normforge::OperandChecks checks{};
    normforge::Constants constants;
    std::vector<normforge::BoundStep> steps;        ///< none for an empty batch, or where nothing is asked for
    int threads = 0;                                ///< 0: nf_threads() of the moment
    normforge::Device *device = nullptr;            ///< null: the CPU
    void *context = nullptr;                        ///< of the device
    bool may_meet_device_memory = false;            ///< for the CPU, in a process that has loaded a GPU's driver
    normforge::CapturedProblem *captured = nullptr; ///< where executions are counted, if they are
    std::string variant;                            ///< text of nf_plan_variant()
    std::string description;                        ///< text of nf_plan_describe()
};

namespace normforge {

/// Validates, composes, dispatches and binds.
Status make_plan(const nf_description &description, std::unique_ptr<nf_plan> &plan);

/// Checks the operands and runs the plan.
Status execute_plan(const nf_plan &plan, const nf_tensors &tensors);

/// Loads the code of all kernels of a plan for a GPU, so that executions only launch it.
Status load_code(const nf_plan &plan);

/// Name of the variant that last ran on this thread, "" if none did.
const char *last_variant() noexcept;

} // namespace normforge
