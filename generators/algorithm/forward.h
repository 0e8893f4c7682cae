// SPDX-License-Identifier: MIT
// Forward batch normalisation, with batch statistics (train) or given ones (inference, apply).
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"
#include "generators/algorithm/saved_statistics.h"

namespace normforge {

/// Outputs of forward; undefined Funcs do not exist in the op or form.
struct ForwardOutputs {
    Halide::Func y;
    SavedStatistics statistics; ///< train
    Halide::Func invstd;        ///< inference: scratch
    Halide::Func scale;         ///< gamma * invstd (last): scratch
    Halide::Func partial;       ///< Tuple of scratch (last, train)
};

/// Defines the op; `outputs` receives what the kernel writes.
Pipeline forward_train(const OpInputs &in, const RunningUpdate &update, ForwardOutputs &outputs);
Pipeline forward_inference(const OpInputs &in, const GivenStatistics &given, ForwardOutputs &outputs);

} // namespace normforge
