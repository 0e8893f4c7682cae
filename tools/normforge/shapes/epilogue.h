// SPDX-License-Identifier: MIT
// What follows a batch normalisation in a graph and can be fused into it.
#pragma once

#include "tools/normforge/shapes/graph.h"

#include <normforge/normforge.h>

namespace normforge::shapes {

struct Epilogue {
    nf_epilogue epilogue = NF_EPILOGUE_NONE;
    double slope = 0.01; ///< of leaky_relu
};

/// What the normalisation fuses. Its output must go there alone: else it is needed as it stands. A residual has the shape of
/// the output. Where both operands of an addition are such normalisations, the one later in the graph fuses it.
Epilogue epilogue_after(const Graph &graph, const onnx::NodeProto &normalisation);

} // namespace normforge::shapes
