// SPDX-License-Identifier: MIT
// From steps and chosen kernels to arguments that only lack addresses. A kernel is bound once for each shape of box; where a
// box lies is a matter of execution.
#pragma once

#include "runtime/dispatch.h"
#include "runtime/workspace.h"
#include <HalideRuntime.h> // halide_buffer_t alone: no Halide function is called
#include <vector>

namespace normforge {

/// One argument of a kernel. An array is looked for at the operand, at the constant, in the workspace, in this order; if it
/// is nowhere the kernel has no use for it and gets a null pointer.
struct Argument {
    static constexpr size_t kNone = SharedWorkspace::kNone;

    nf_role role{};
    double number = 0;        ///< the value of a SCALAR
    int32_t integer = 0;      ///< the value of an INTEGER
    halide_buffer_t buffer{}; ///< of arrays: prototype, dim points into this struct, host is set in each call
    halide_dimension_t dimensions[3];
    const Operand *operand = nullptr;
    int64_t operand_offset = 0;               ///< bytes
    const unsigned char *constant = nullptr;  ///< ones for gamma, zeros for beta
    size_t workspace = kNone;                 ///< offset in bytes
    bool shared = false;                      ///< that memory is of the whole problem: boxes lie apart from each other
    std::array<int64_t, kGridAxes> advance{}; ///< bytes from one box to the next, at the operand and in shared memory
    size_t cleared_bytes = 0;                 ///< of the workspace, zeroed before the kernel runs because it reads them
    bool filled_with_ones = false;            ///< of a GPU's workspace: those bytes are numbers 1 instead
};

/// A kernel and its arguments.
struct BoundKernel {
    const nf_kernel *kernel = nullptr;
    std::vector<Argument> arguments;
    size_t output = 0; ///< index of the tensor that is written, if any
};

/// The kernels of a step for one shape of box.
struct BoundBox {
    BoundKernel cached;
    BoundKernel stream; ///< no kernel if this shape does not stream, or on a GPU has no whole vectors
};

/// A step, ready to run over its grid.
struct BoundStep {
    Grid grid;
    /// By shape of box: bit (axis - 1) says that it is the last one along that axis and shorter than the others.
    std::array<BoundBox, 8> boxes;
};

/// For absent gamma and beta: values for the channels of one box. Whether they are absent is known at execution, which may
/// not allocate: every plan with parameters holds 8 bytes per channel for it, 16 KiB for 2048 channels.
struct Constants {
    std::vector<unsigned char> ones, zeros;
};

Constants make_constants(const CheckedProblem &problem, const Grid &grid);

/// Prepares the steps of one plan.
class Binder {
public:
    /// All must outlive the binder; the constants, what it binds.
    Binder(const CheckedProblem &problem, const Grid &grid, const Constants &constants, const SharedWorkspace &workspace,
           int threads)
        : problem_(problem),
          grid_(grid),
          constants_(constants),
          workspace_(workspace),
          threads_(threads),
          workspace_size_(workspace.size) {}

    BoundStep bind(const Step &step, const Choice &choice);

    /// Of everything bound so far.
    size_t workspace_size() const { return workspace_size_; }

private:
    const CheckedProblem &problem_;
    const Grid &grid_;
    const Constants &constants_;
    const SharedWorkspace &workspace_;
    int threads_;
    size_t workspace_size_;
};

} // namespace normforge
