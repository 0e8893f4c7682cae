// SPDX-License-Identifier: MIT
// The plan: everything about an execution that does not depend on pointers, worked out once. Immutable after make_plan().
#pragma once

#include "runtime/dispatch.h"
#include "runtime/validate.h"
#include <HalideRuntime.h> // halide_buffer_t alone: no Halide function is called
#include <memory>
#include <string>
#include <vector>

namespace normforge {

struct Operand;

/// One argument of a kernel, ready but for its address.
struct Argument {
    halide_buffer_t buffer{}; ///< prototype: dim points into this struct, host is set in each execution
    halide_dimension_t dimensions[3];
    void *scalar = nullptr;           ///< the value, for scalars; the rest is for buffers
    const Operand *operand = nullptr; ///< whose pointer it is, null for scratch
    void *constant = nullptr;         ///< read where the operand is absent: ones for gamma, zeros for beta
    size_t offset = 0;                ///< else the piece of the workspace used
    size_t cleared_bytes = 0;         ///< of that piece, zeroed before the kernel runs because it reads them
};

/// A kernel and its arguments.
struct BoundKernel {
    const nf_kernel *kernel = nullptr;
    std::vector<Argument> arguments;
};

} // namespace normforge

/// The plan of the C contract.
struct nf_plan {
    normforge::OperandChecks checks{};
    normforge::BoundKernel cached;
    normforge::BoundKernel stream;              ///< no kernel if the plan does not stream
    const normforge::Operand *output = nullptr; ///< y or dx
    int threads = 0;                            ///< 0: nf_threads() of the moment
    double eps = 0, momentum = 0;
    int32_t plane = 0, chunks = 0;
    /// For absent gamma and beta. Whether they are absent is known at execution, which may not allocate: every plan holds 8
    /// bytes per channel for it, 16 KiB for 2048 channels.
    std::vector<unsigned char> ones, zeros;
    std::string variant;     ///< name of the preferred kernel, "" for an empty batch
    std::string description; ///< text of nf_plan_describe()
};

namespace normforge {

/// Validates, dispatches and prepares.
Status make_plan(const nf_description &description, std::unique_ptr<nf_plan> &plan);

/// Checks the operands and runs the plan.
Status execute_plan(const nf_plan &plan, const nf_tensors &tensors);

/// Name of the variant that last ran on this thread, "" if none did.
const char *last_variant() noexcept;

} // namespace normforge
