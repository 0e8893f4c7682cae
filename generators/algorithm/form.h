// SPDX-License-Identifier: MIT
// How the canonical tensor x[n, c, s] is indexed in each form (nf_form): dimensions of tensors and of per-channel arrays.
#pragma once

#include <Halide.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace normforge {

enum class Form { Inner, SmallPlanes, Last };

/// Limits of the small_planes form: elements of a plane, channels of a group, elements of a group's run. The values are
/// those of the kernel table (NF_SMALL_PLANE, NF_MAX_GROUP, NF_MAX_RUN_BYTES); the emitter checks it.
constexpr int kSmallPlane = 256;
constexpr int kMaxGroup = 64;
constexpr int kMaxRunBytes = 16128; // with kFill elements of 8 bytes, 16 KiB: what Halide keeps on the stack

/// A run of per-channel values is filled by so many elements at once, a multiple of every vector; it may end past the run.
constexpr int kFill = 32;

/// A cache line: what streaming stores must fill. The runtime's kStreamAlignment.
constexpr int kLineBytes = 64;

/// Words of the forms, as GeneratorParams spell them.
const std::map<std::string, Form> &form_names();

/// Dimensions of tensors, outermost last: inner (s, c, n); small_planes (j, g, n); last (c, row).
int tensor_dimensions(Form form);

/// Dimensions of per-channel arrays: inner and last (c); small_planes (b, g).
int channel_dimensions(Form form);

/// A shape that a kernel is specialised for.
struct FixedShape {
    int n, c, s;
};

/// Reads "32x64x3136"; nothing from an empty text. Halide's error for anything else.
std::optional<FixedShape> fixed_shape(const std::string &text);

/// What a shape fixes of the extents of tensors; the others are undefined. In last s is 1 and n the rows. In small_planes
/// the run and with it the number of groups stay free, because the runtime chooses the group.
std::vector<Halide::Expr> fixed_extents(Form form, const std::optional<FixedShape> &shape);

/// Types of what is computed with and of per-channel arrays.
struct Arithmetic {
    Halide::Type element;   ///< elements, sums within a tile, per-channel scratch
    Halide::Type parameter; ///< gamma, beta and their gradients
    Halide::Type statistic; ///< mean, variance, invstd and the running statistics
};

/// What the threads of a GPU take at once, see gpu_tree.h.
struct GpuTree {
    int vector; ///< adjacent elements of a vector in memory: of a channel (inner, small_planes), or adjacent channels (last)
    int loads;  ///< vectors of a tile
    int lanes;  ///< threads of a block that share a channel; a power of two
    int output; ///< adjacent elements that a thread writes
};

/// The named dimensions and extents of one problem, taken from the tensor x.
///   s, c, n   position in a plane, channel, image
///   j, g, b   position in the run of a group, group, channel of the group: j = b * plane + s, c = g * channels_of_group + b
///   row       n and s merged
struct Canonical {
    Canonical(Form layout_form, const Halide::ImageParam &x, const Halide::Expr &plane, const Arithmetic &arithmetic);

    Arithmetic type;
    Halide::Type stored; ///< elements of tensors

    Form form;
    Halide::Var s{"s"}, c{"c"}, n{"n"}, j{"j"}, g{"g"}, b{"b"}, row{"row"};
    std::vector<Halide::Var> tensor;  ///< indices of a tensor
    std::vector<Halide::Var> channel; ///< indices of a per-channel array
    std::vector<Halide::Var> summed; ///< indices of what is summed: of a tensor, and on a GPU of the channel if they lack it
    Halide::Expr contiguous;         ///< extent of dimension 0 of tensors
    Halide::Expr all_channels;       ///< of x; in small_planes of a group
    Halide::Expr plane;              ///< s of the canonical form (inner, small_planes)
    Halide::Expr images;             ///< n of the canonical form (inner, small_planes)
    Halide::Expr rows;               ///< n * s (last)
    Halide::Expr count;              ///< m, elements per channel, float64
    Halide::Expr channels_of_group;  ///< small_planes
    Halide::Expr run;                ///< elements of a group's run (small_planes)
    /// Whether per-channel values are repeated over a run by a fill that writes past its end (small_planes): fast, but only
    /// right where each group has storage of its own, as our schedules place it.
    bool overfills_runs = true;
    /// Whether elements take per-channel values through fitting_nan().
    bool fits_nan = false;
    /// The tree of sums, if the kernel is for a GPU.
    std::optional<GpuTree> gpu;
    /// Whether no loop over channels surrounds the element loops: what elements read is then stored in between.
    bool stores_channel_values() const { return form == Form::Last || gpu; }
    /// Channel index for reads of the reductions in the `last` form, which take channels in whole steps: past the end it
    /// stays at the last channel.
    Halide::Expr channel_in_range;

    /// Position of element p of channel b in the group's run (small_planes), promised to lie in the run: bounds inference
    /// cannot multiply two unknowns.
    Halide::Expr position(const Halide::Expr &channel_of_group, const Halide::Expr &p) const {
        return Halide::unsafe_promise_clamped(channel_of_group * plane + p, 0, run - 1);
    }
};

} // namespace normforge
