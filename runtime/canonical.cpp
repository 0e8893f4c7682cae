// SPDX-License-Identifier: MIT
// The canonical form, see canonical.h. An axis of extent 1 never constrains anything: its stride is ignored and set to 0.
#include "runtime/canonical.h"
#include "runtime/text.h"
#include <algorithm>
#include <cstdlib>
#include <tuple>
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

/// Whether span(), the count of elements and the distance to the far end of each axis, in bytes, stay below 2^63.
bool fits(const Tensor &tensor) {
    const Canonical &t = tensor.canonical;
    const int64_t size = element_bytes(tensor.layout.dtype);
    int64_t count = 0, span = 1, bytes = 0;
    if (__builtin_mul_overflow(t.n, t.c, &count) || __builtin_mul_overflow(count, t.s, &count) ||
        __builtin_mul_overflow(count, size, &bytes))
        return false;
    for (auto [extent, stride] : t.axes()) {
        int64_t reach = 0;
        if (stride == INT64_MIN || __builtin_mul_overflow(extent - 1, std::abs(stride), &reach) ||
            __builtin_add_overflow(span, reach, &span))
            return false;
    }
    return !__builtin_mul_overflow(span, size, &bytes);
}

bool contiguous_in(const Tensor &t) {
    return t.canonical.s == 1 || t.canonical.stride_s == 1;
}

bool reversed_in(const Tensor &t) {
    return t.canonical.s == 1 || t.canonical.stride_s == -1;
}

bool channels_contiguous(const Tensor &t) {
    return t.canonical.c == 1 || t.canonical.stride_c == 1;
}

bool planes_adjacent(const Tensor &t) {
    return t.canonical.c == 1 || t.canonical.stride_c == t.canonical.s;
}

bool rows_merge(const Tensor &tensor) {
    const Canonical &t = tensor.canonical;
    int64_t enclosed = 0;
    return t.n == 1 || t.s == 1 || (!__builtin_mul_overflow(t.s, t.stride_s, &enclosed) && t.stride_n == enclosed);
}

/// Makes n and s one axis, n; or, where they do not merge, the longer of them n and the other `outer`.
void make_rows(Canonical &t, bool merge) {
    if (merge) {
        if (t.s > 1) t.stride_n = t.stride_s;
        t.n *= t.s;
    } else if (t.s >= t.n) {
        std::tie(t.outer, t.stride_outer) = std::pair(t.n, t.stride_n);
        std::tie(t.n, t.stride_n) = std::pair(t.s, t.stride_s);
    } else {
        std::tie(t.outer, t.stride_outer) = std::pair(t.s, t.stride_s);
    }
    t.s = 1;
    t.stride_s = 0;
}

/// Begins at the other end of the planes.
void reverse_s(Canonical &t) {
    t.origin += (t.s - 1) * t.stride_s;
    t.stride_s = -t.stride_s;
}

} // namespace

int64_t Canonical::lowest() const {
    int64_t lowest = origin;
    if (!empty())
        for (auto [extent, stride] : axes()) lowest += std::min<int64_t>(0, (extent - 1) * stride);
    return lowest;
}

int64_t Canonical::span() const {
    if (empty()) return 0;
    int64_t span = 1;
    for (auto [extent, stride] : axes()) span += (extent - 1) * std::abs(stride);
    return span;
}

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
        if (layout.extents[i] > 1 && layout.strides[i] == 0)
            return {NF_UNSUPPORTED_STRIDES,
                    name + ": " + axis_text(layout, i) +
                        ", expected a stride other than 0 (or all strides 0 for a contiguous tensor)"};
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

/// Too few images for sums by position (small_planes) to pay. forward_train and backward, f32, one core, warm, us as inner
/// and as small_planes: 1x1024x14x14 62/138 and 66/126, 4x1024x14x14 220/306 and 255/317, 8x1024x14x14 490/370 and 720/600,
/// 1x2048x7x7 69/108 and 80/69, 4x2048x7x7 200/203 and 275/166, 1x2048x3x3 69/76 and 77/21.
bool few(int64_t images, int64_t plane) {
    return images <= 4 && plane > 16 * images;
}

nf_form choose_form(std::vector<Tensor> &tensors) {
    const auto all = [&](bool (*holds)(const Tensor &)) { return std::all_of(tensors.begin(), tensors.end(), holds); };
    const int64_t s = tensors.front().canonical.s;
    const bool forwards = all(contiguous_in), channels = all(channels_contiguous), merge = all(rows_merge);
    if ((forwards || all(reversed_in)) && !(channels && s == 1)) {
        for (Tensor &tensor : tensors) {
            if (!forwards) reverse_s(tensor.canonical);
            tensor.canonical.stride_s = 1;
        }
        return s <= NF_SMALL_PLANE && !few(tensors.front().canonical.n, s) && all(planes_adjacent) ? NF_FORM_SMALL_PLANES
                                                                                                   : NF_FORM_INNER;
    }
    for (Tensor &tensor : tensors) {
        make_rows(tensor.canonical, merge);
        (channels ? tensor.canonical.stride_c : tensor.canonical.stride_s) = 1;
    }
    return channels ? NF_FORM_LAST : NF_FORM_INNER;
}

bool overlaps_itself(const Canonical &t) {
    std::array<Axis, 4> axes = t.axes();
    for (Axis &axis : axes) axis.stride = std::abs(axis.stride);
    std::sort(axes.begin(), axes.end(), [](const Axis &a, const Axis &b) { return a.stride < b.stride; });
    int64_t enclosed = 0; // elements from the first to the last of the axes so far, less one
    for (auto [extent, stride] : axes) {
        if (extent <= 1) continue;
        if (stride <= enclosed) return true;
        enclosed += (extent - 1) * stride;
    }
    return false;
}

} // namespace normforge
