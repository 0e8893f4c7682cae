// SPDX-License-Identifier: MIT
// The canonical form, see canonical.h. An axis of extent 1 never constrains anything: its stride is ignored and set to 0.
#include "runtime/canonical.h"
#include "runtime/text.h"
#include <algorithm>
#include <utility>

namespace normforge {
namespace {

std::string axis_text(const nf_layout &layout, int axis) {
    return "axis " + std::to_string(axis) + " (extent " + std::to_string(layout.extents[axis]) + ", stride " +
           std::to_string(layout.strides[axis]) + ")";
}

Status overflow(const Tensor &tensor) {
    return {NF_OVERFLOW, std::string(tensor.name) + ": extents " + times_text(tensor.layout.extents, tensor.layout.rank) +
                             " with strides " + times_text(tensor.layout.strides, tensor.layout.rank) +
                             " need more bytes than fit in 63 bits"};
}

/// Merges axes [first, last) into one extent and stride.
Status merge(const Tensor &tensor, int first, int last, int64_t &extent, int64_t &stride) {
    const nf_layout &layout = tensor.layout;
    extent = 1;
    stride = 0;
    int inner = -1; // the axis that the next one outwards must enclose without a gap
    for (int i = last - 1; i >= first; --i) {
        if (__builtin_mul_overflow(extent, layout.extents[i], &extent)) return overflow(tensor);
        if (layout.extents[i] <= 1) continue;
        int64_t enclosed = 0;
        if (inner >= 0 && (__builtin_mul_overflow(layout.extents[inner], layout.strides[inner], &enclosed) ||
                           layout.strides[i] != enclosed))
            return {
                NF_UNSUPPORTED_STRIDES,
                std::string(tensor.name) + ": " + axis_text(layout, i) + " and " + axis_text(layout, inner) +
                    " do not merge into one, the outer stride must be extent times stride of the inner: the axes on each " +
                    "side of the channel axis must collapse"};
        if (inner < 0) stride = layout.strides[i];
        inner = i;
    }
    return {};
}

bool strides_left_out(const nf_layout &layout) {
    return std::all_of(layout.strides, layout.strides + layout.rank, [](int64_t stride) { return stride == 0; });
}

bool has_extent_zero(const nf_layout &layout) {
    return std::find(layout.extents, layout.extents + layout.rank, 0) != layout.extents + layout.rank;
}

/// Whether span() and the count of elements, in bytes, stay below 2^63.
bool fits(const Tensor &tensor) {
    const Canonical &t = tensor.canonical;
    const int64_t size = element_bytes(tensor.layout.dtype);
    int64_t count = 0, last = 0, bytes = 0;
    if (__builtin_mul_overflow(t.n, t.c, &count) || __builtin_mul_overflow(count, t.s, &count) ||
        __builtin_mul_overflow(count, size, &bytes))
        return false;
    for (auto [extent, stride] : {std::pair(t.n, t.stride_n), std::pair(t.c, t.stride_c), std::pair(t.s, t.stride_s)}) {
        int64_t reach = 0;
        if (__builtin_mul_overflow(extent - 1, stride, &reach) || __builtin_add_overflow(last, reach, &last)) return false;
    }
    return !__builtin_add_overflow(last, int64_t{1}, &last) && !__builtin_mul_overflow(last, size, &bytes);
}

bool serves_inner(const Tensor &t) {
    return t.canonical.s == 1 || t.canonical.stride_s == 1;
}

bool planes_adjacent(const Tensor &t) {
    return t.canonical.c == 1 || t.canonical.stride_c == t.canonical.s;
}

bool serves_last(const Tensor &tensor) {
    const Canonical &t = tensor.canonical;
    return (t.c == 1 || t.stride_c == 1) && (t.n == 1 || t.s == 1 || t.stride_n == t.s * t.stride_s);
}

Status no_form(const std::vector<Tensor> &tensors) {
    std::string text = "strides must leave the axes after the channel axis contiguous in every tensor, or the channel axis "
                       "contiguous with all others collapsing in every tensor, got";
    for (const Tensor &t : tensors)
        text += std::string(&t == &tensors.front() ? " " : "; ") + t.name + ": (n, c, s) strides " +
                std::to_string(t.canonical.stride_n) + ", " + std::to_string(t.canonical.stride_c) + ", " +
                std::to_string(t.canonical.stride_s);
    return {NF_UNSUPPORTED_STRIDES, text};
}

} // namespace

bool is_contiguous(const nf_layout &layout) {
    if (strides_left_out(layout) || has_extent_zero(layout)) return true;
    int64_t enclosed = 1; // elements that one step along the axis passes
    for (int i = layout.rank - 1; i >= 0; --i) {
        if (layout.extents[i] == 1) continue;
        if (layout.strides[i] != enclosed || __builtin_mul_overflow(enclosed, layout.extents[i], &enclosed)) return false;
    }
    return true;
}

Status resolve_layout(Tensor &tensor, const nf_layout *x) {
    const std::string name = tensor.name;
    nf_layout &layout = tensor.layout;
    if (x && layout.rank == 0) {
        layout = *x;
        std::fill(std::begin(layout.strides), std::end(layout.strides), 0);
    }
    if (layout.rank < 1 || layout.rank > NF_MAX_RANK)
        return {NF_INVALID_ARGUMENT, name + ".rank is " + std::to_string(layout.rank) + ", expected " + (x ? "0" : "1") +
                                         " to " + std::to_string(NF_MAX_RANK)};
    for (int i = 0; i < layout.rank; ++i)
        if (layout.extents[i] < 0)
            return {NF_INVALID_ARGUMENT, name + ".extents[" + std::to_string(i) + "] is " +
                                             std::to_string(layout.extents[i]) + ", expected 0 or more"};

    if (strides_left_out(layout)) {
        if (has_extent_zero(layout)) return {}; // no element, so no stride is ever taken
        int64_t stride = 1;
        for (int i = layout.rank - 1; i >= 0; --i) {
            layout.strides[i] = stride;
            if (__builtin_mul_overflow(stride, layout.extents[i], &stride)) return overflow(tensor);
        }
        return {};
    }
    for (int i = 0; i < layout.rank; ++i)
        if (layout.extents[i] > 1 && layout.strides[i] <= 0)
            return {NF_UNSUPPORTED_STRIDES, name + ": " + axis_text(layout, i) +
                                                ", expected a positive stride (or all strides 0 for a contiguous tensor)"};
    return {};
}

Status canonicalise(Tensor &tensor, int axis) {
    const nf_layout &layout = tensor.layout;
    Canonical &result = tensor.canonical;
    if (has_extent_zero(layout)) { // whatever the others are: of an empty tensor only the channels count
        result = {};
        result.c = layout.extents[axis];
        int64_t bytes = 0;
        return __builtin_mul_overflow(result.c, int64_t{sizeof(double)}, &bytes) ? overflow(tensor) : Status();
    }
    if (Status status = merge(tensor, 0, axis, result.n, result.stride_n); status.failed()) return status;
    if (Status status = merge(tensor, axis, axis + 1, result.c, result.stride_c); status.failed()) return status;
    if (Status status = merge(tensor, axis + 1, layout.rank, result.s, result.stride_s); status.failed()) return status;
    return fits(tensor) ? Status() : overflow(tensor);
}

Status choose_form(std::vector<Tensor> &tensors, nf_form &form) {
    const auto all = [&](bool (*serves)(const Tensor &)) { return std::all_of(tensors.begin(), tensors.end(), serves); };
    const Canonical &x = tensors.front().canonical;
    const bool inner = all(serves_inner), last = all(serves_last);
    if (last && (x.s == 1 || !inner)) {
        form = NF_FORM_LAST;
        for (Tensor &tensor : tensors) {
            Canonical &t = tensor.canonical;
            if (t.s > 1) t.stride_n = t.stride_s;
            t.n *= t.s;
            t.s = 1;
            t.stride_s = 0;
            t.stride_c = 1;
        }
        return {};
    }
    if (!inner) return no_form(tensors);
    form = x.s <= NF_SMALL_PLANE && all(planes_adjacent) ? NF_FORM_SMALL_PLANES : NF_FORM_INNER;
    for (Tensor &tensor : tensors) tensor.canonical.stride_s = 1;
    return {};
}

bool overlaps_itself(const Canonical &t) {
    std::pair<int64_t, int64_t> axes[] = {{t.stride_n, t.n}, {t.stride_c, t.c}, {t.stride_s, t.s}};
    std::sort(std::begin(axes), std::end(axes));
    int64_t enclosed = 0; // elements from the first to the last of the axes so far, less one
    for (auto [stride, extent] : axes) {
        if (extent <= 1) continue;
        if (stride <= enclosed) return true;
        enclosed += (extent - 1) * stride;
    }
    return false;
}

} // namespace normforge
