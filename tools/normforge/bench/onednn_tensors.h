// SPDX-License-Identifier: MIT
// Our tensors as oneDNN's memory objects.
#pragma once

#include "tools/normforge/bench/operands.h"

#include <dnnl.hpp>

namespace normforge::bench {

enum class OneDnnFormat {
    plain,  ///< the problem's layout
    blocked ///< nChw16c, its own
};

/// The x-like tensors of a problem: where they lie, or as copies in the blocked format.
class OneDnnTensors {
public:
    OneDnnTensors(const Problem &problem, const dnnl::engine &engine, OneDnnFormat format);

    const dnnl::memory::desc &description() const { return description_; }

    /// An input: `data` itself, or a copy of its content in the blocked format.
    dnnl::memory input(void *data) const;

    /// An output: `data` itself, or memory of its own.
    dnnl::memory output(void *data) const;

private:
    dnnl::engine engine_;
    dnnl::memory::desc plain_, description_;
};

/// oneDNN may refuse the type when a primitive is made.
dnnl::memory::data_type onednn_type(nf_dtype dtype);

} // namespace normforge::bench
