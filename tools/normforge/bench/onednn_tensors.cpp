// SPDX-License-Identifier: MIT
// oneDNN's logical order is n, c, spatial…; the physical order goes into strides.
#include "tools/normforge/bench/onednn_tensors.h"

#include <algorithm>
#include <numeric>

namespace normforge::bench {

using dnnl::memory;

namespace {

/// Every layout here has n first; anything else (axis 0, more than five axes) becomes (before, c, after).
memory::desc plain_description(const Problem &problem) {
    const nf_layout &x = problem.description.x;
    const int axis = problem.description.axis < 0 ? problem.description.axis + x.rank : problem.description.axis;
    const auto begin = std::begin(x.extents);
    memory::dims extents(begin, begin + x.rank);
    size_t channel = static_cast<size_t>(axis);
    if (axis == 0 || x.rank > 5 || (axis != 1 && axis != x.rank - 1)) {
        const auto product = [](auto from, auto to) { return std::accumulate(from, to, int64_t{1}, std::multiplies<>()); };
        extents = {product(begin, begin + axis), x.extents[axis], product(begin + axis + 1, begin + x.rank)};
        channel = 1;
    }
    memory::dims strides(extents.size(), 1);
    for (size_t i = extents.size() - 1; i > 0; i--) strides[i - 1] = strides[i] * extents[i];
    std::rotate(extents.begin() + 1, extents.begin() + static_cast<int>(channel),
                extents.begin() + static_cast<int>(channel) + 1);
    std::rotate(strides.begin() + 1, strides.begin() + static_cast<int>(channel),
                strides.begin() + static_cast<int>(channel) + 1);
    return {extents, onednn_type(x.dtype), strides};
}

} // namespace

OneDnnTensors::OneDnnTensors(const Problem &problem, const dnnl::engine &engine, OneDnnFormat format)
    : engine_(engine), plain_(plain_description(problem)), description_(plain_) {
    if (format == OneDnnFormat::blocked)
        description_ = {plain_.get_dims(), plain_.get_data_type(), memory::format_tag::nChw16c};
}

memory OneDnnTensors::input(void *data) const {
    memory plain(plain_, engine_, data);
    if (description_ == plain_) return plain;
    memory copy(description_, engine_);
    dnnl::stream stream(engine_);
    dnnl::reorder(plain, copy).execute(stream, plain, copy);
    stream.wait();
    return copy;
}

memory OneDnnTensors::output(void *data) const {
    return description_ == plain_ ? memory(plain_, engine_, data) : memory(description_, engine_);
}

memory::data_type onednn_type(nf_dtype dtype) {
    switch (dtype) {
    case NF_F32: return memory::data_type::f32;
    case NF_F64: return memory::data_type::f64;
    case NF_F16: return memory::data_type::f16;
    case NF_BF16: break;
    }
    return memory::data_type::bf16;
}

} // namespace normforge::bench
