// SPDX-License-Identifier: MIT
// Which tensors an op has follows from op, epilogue and requested gradients, see the table in normforge.h.
#include "tools/normforge/bench/geometry.h"

#include "runtime/ops.h"

#include <algorithm>
#include <stdexcept>

namespace normforge::bench {

namespace {

void check(const Status &status) {
    if (status.failed()) throw std::runtime_error(status.text);
}

} // namespace

Geometry::Geometry(const Problem &problem) {
    const nf_description &d = problem.description;
    Tensor x{"x", d.x, {}};
    check(resolve_layout(x, nullptr));
    const int axis = d.axis < 0 ? d.axis + x.layout.rank : d.axis;
    dense = true;
    const auto add = [&](TensorRole role, const char *name, const nf_layout &layout, bool written) {
        Tensor tensor{name, layout, {}};
        check(resolve_layout(tensor, role == kX ? nullptr : &x.layout));
        check(canonicalise(tensor, axis));
        dense = dense && is_contiguous(tensor.layout);
        tensors.push_back({role, written, tensor.canonical});
    };
    backward = !writes_y(d.op);
    const bool residual = adds_residual(d.epilogue);
    add(kX, "x", d.x, false);
    if (backward) {
        if (residual && derivative_from_output(d.epilogue)) add(kY, "y", d.y, false);
        add(kDy, "dy", d.dy, false);
        add(kDx, "dx", d.dx, true);
        if (residual && d.dresidual_gradient == NF_GRADIENT_WRITE) add(kDresidual, "dresidual", d.dresidual, true);
    } else {
        if (residual) add(kResidual, "residual", d.residual, false);
        add(kY, "y", d.y, true);
    }
    element_bytes = normforge::element_bytes(d.x.dtype);
    channel_bytes = parameter_bytes(d.x.dtype);
    elements = tensors.front().canonical.elements();
    traffic_bytes = elements * element_bytes * static_cast<int64_t>(tensors.size());
}

} // namespace normforge::bench
