// SPDX-License-Identifier: MIT
// Merging axes and telling the form, see canonical.h.
#include "tests/support/canonical.h"
#include "runtime/ops.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace normforge::testing {

namespace {

struct Axis {
    int64_t extent, stride;
};

/// Merges axes [begin, end) into one; `inner_stride` stands for the stride when no axis is longer than 1.
Axis merge(const nf_layout &layout, int begin, int end, int64_t inner_stride) {
    Axis merged{1, inner_stride};
    bool found = false;
    for (int i = end - 1; i >= begin; --i) {
        const Axis axis{layout.extents[i], layout.strides[i]};
        if (axis.extent != 1) {
            if (!found)
                merged.stride = axis.stride;
            else if (merged.extent != 0 && axis.stride != merged.stride * merged.extent)
                throw std::invalid_argument("axis " + std::to_string(i) + " of the tensor does not merge with the next one");
            found = true;
        }
        merged.extent *= axis.extent;
    }
    return merged;
}

nf_layout resolve(const nf_layout &x, const nf_layout &tensor) {
    nf_layout layout = tensor;
    if (tensor.rank == 0) {
        layout = x;
        for (int64_t &stride : layout.strides) stride = 0;
    }
    bool contiguous = true;
    for (int i = 0; i < layout.rank; ++i) contiguous = contiguous && layout.strides[i] == 0;
    int64_t stride = 1;
    for (int i = layout.rank - 1; contiguous && i >= 0; --i) {
        layout.strides[i] = stride;
        stride *= layout.extents[i];
    }
    return layout;
}

bool planes_contiguous(const CanonicalTensor &t) {
    return t.stride_s == 1;
}

bool groups_contiguous(const CanonicalTensor &t) {
    return planes_contiguous(t) && t.stride_c == t.shape.s;
}

bool rows_merge(const CanonicalTensor &t) {
    return t.stride_c == 1 && (t.shape.n == 1 || t.shape.s == 1 || t.stride_n == t.shape.s * t.stride_s);
}

} // namespace

bool is_empty(const Problem &problem) {
    const nf_description &d = problem.description;
    const nf_layout &x = d.x;
    if (!has_form(d.op)) return x.extents[d.axis < 0 ? d.axis + x.rank : d.axis] == 0;
    return std::find(x.extents, x.extents + x.rank, 0) != x.extents + x.rank;
}

int64_t CanonicalTensor::span() const {
    if (shape.count() == 0) return 0;
    return (shape.n - 1) * std::abs(stride_n) + (shape.c - 1) * std::abs(stride_c) + (shape.s - 1) * std::abs(stride_s) + 1;
}

int64_t CanonicalTensor::origin() const {
    if (shape.count() == 0) return 0;
    const auto before = [](int64_t extent, int64_t stride) { return stride < 0 ? (extent - 1) * -stride : 0; };
    return before(shape.n, stride_n) + before(shape.c, stride_c) + before(shape.s, stride_s);
}

CanonicalTensor canonicalise(const nf_layout &x, const nf_layout &tensor, int axis) {
    const nf_layout layout = resolve(x, tensor);
    const int channel = axis < 0 ? axis + layout.rank : axis;
    const Axis s = merge(layout, channel + 1, layout.rank, 1);
    const Axis c = merge(layout, channel, channel + 1, s.stride * s.extent);
    const Axis n = merge(layout, 0, channel, c.stride * c.extent);
    return {{n.extent, c.extent, s.extent}, n.stride, c.stride, s.stride};
}

bool whole_units(const CanonicalTensor &t, nf_form form, int element_bytes, int unit_bytes) {
    const auto whole = [&](int64_t elements) { return elements * element_bytes % unit_bytes == 0; };
    const auto steps = [&](int64_t extent, int64_t stride) { return extent == 1 || whole(stride); };
    switch (form) {
    case NF_FORM_INNER: return whole(t.shape.s) && steps(t.shape.c, t.stride_c) && steps(t.shape.n, t.stride_n);
    case NF_FORM_SMALL_PLANES: return whole(t.shape.c * t.shape.s) && steps(t.shape.n, t.stride_n);
    case NF_FORM_LAST: break;
    }
    return whole(t.shape.c) && steps(t.shape.s, t.stride_s) && steps(t.shape.n, t.stride_n);
}

std::optional<nf_form> form_of(const std::vector<CanonicalTensor> &tensors) {
    const auto all = [&](bool (*holds)(const CanonicalTensor &)) {
        return std::all_of(tensors.begin(), tensors.end(), holds);
    };
    const int64_t plane = tensors.at(0).shape.s;
    if (all(rows_merge) && (plane == 1 || !all(planes_contiguous))) return NF_FORM_LAST;
    if (!all(planes_contiguous)) return std::nullopt;
    const int64_t images = tensors.at(0).shape.n;
    const bool few_images = images <= 4 && plane > 16 * images;
    return all(groups_contiguous) && plane <= NF_SMALL_PLANE && !few_images ? NF_FORM_SMALL_PLANES : NF_FORM_INNER;
}

} // namespace normforge::testing
