// SPDX-License-Identifier: MIT
// Binds kernels, see bind.h.
#include "runtime/bind.h"
#include "runtime/gpu_fit.h"
#include "runtime/operands.h"
#include "runtime/ops.h"
#include "runtime/partition.h"
#include <algorithm>
#include <cstring>

namespace normforge {
namespace {

constexpr int64_t kDouble = sizeof(double);

/// The grid of a step: without a form it sees channels alone.
Grid grid_of(const Step &step, Grid grid) {
    if (!has_form(step.op)) {
        for (const size_t axis : {kOuter, kN, kS}) grid.extents[axis] = grid.block[axis] = 1;
        grid.side_by_side = false;
    }
    return grid;
}

/// Whether kernels read what they are to write.
bool reads_output(nf_role role) {
    return role == NF_ROLE_running_mean || role == NF_ROLE_running_variance || role == NF_ROLE_dgamma ||
           role == NF_ROLE_dbeta;
}

/// What a bound kernel is bound for.
struct Target {
    const CheckedProblem &problem;
    const Constants &constants;
    const SharedWorkspace &workspace;
    const Grid &problem_grid;
    const Grid &grid; ///< of the step
    const Step &step;
    const nf_kernel &kernel;
    Box box;
    int64_t group;
};

/// Binds one kernel for one shape of box.
class KernelBinder {
public:
    explicit KernelBinder(const Target &target) : t_(target), scratch_(target.workspace.size) {}

    BoundKernel bind() {
        BoundKernel bound{&t_.kernel, std::vector<Argument>(t_.kernel.role_count)};
        for (size_t i = 0; i < bound.arguments.size(); ++i) {
            Argument &argument = bound.arguments[i];
            argument.role = static_cast<nf_role>(t_.kernel.roles[i]);
            fill(argument);
            const bool tensor = kind_of(argument.role) == RoleKind::TENSOR && argument.role != NF_ROLE_addend;
            if (tensor && argument.operand && argument.operand == output_of(t_.step)) bound.output = i;
        }
        return bound; // the elements stay where their `dim` points: the vector is moved, never copied
    }

    size_t workspace_size() const { return scratch_; }

private:
    void fill(Argument &argument) {
        switch (kind_of(argument.role)) {
        case RoleKind::SCALAR: argument.number = scalar(argument.role); break;
        case RoleKind::INTEGER: argument.integer = static_cast<int32_t>(integer(argument.role)); break;
        case RoleKind::TENSOR: fill_tensor(argument); break;
        case RoleKind::PARAMETER:
        case RoleKind::STATISTIC: fill_channels(argument); break;
        case RoleKind::SCRATCH: fill_scratch(argument, channel_axes()); break;
        case RoleKind::PARTIAL: {
            const int64_t padded = padded_channels(t_.box.c, t_.kernel);
            fill_scratch(argument, {{padded, 1}, {chunks(), padded}});
            break;
        }
        case RoleKind::TRIPLE: fill_triple(argument); break;
        case RoleKind::TRIPLES: fill_triples(argument); break;
        }
    }

    double scalar(nf_role role) const {
        const nf_description &d = t_.problem.description;
        return role == NF_ROLE_eps ? d.eps : role == NF_ROLE_momentum ? d.momentum : d.slope;
    }

    int64_t integer(nf_role role) const {
        const nf_description &d = t_.problem.description;
        const auto adds = [&](OperandId id) { return t_.problem.use(operand(id)) == (kRead | kWrite); };
        switch (role) {
        case NF_ROLE_plane: return t_.box.s;
        case NF_ROLE_chunks: return chunks();
        case NF_ROLE_inverted: return !uses_running_statistics(d.op);
        case NF_ROLE_unbiased: return d.running_variance == NF_VARIANCE_UNBIASED;
        case NF_ROLE_add_dgamma: return adds(OperandId::dgamma);
        case NF_ROLE_add_dbeta: return adds(OperandId::dbeta);
        default: return 0;
        }
    }

    bool on_gpu() const { return t_.problem.description.device != NF_DEVICE_CPU; }

    /// Chunks of rows, or parts of a channel.
    int64_t chunks() const { return on_gpu() ? gpu_parts(t_.problem, t_.box) : chunks_of(t_.box.n); }

    size_t element(const Argument &argument) const { return t_.problem.element_bytes()[kind_of(argument.role)]; }

    /// Axes of extent 1 get the stride 0, because theirs may be out of reach; the first is contiguous in any case.
    void set_shape(Argument &argument, const std::vector<Axis> &axes) const {
        for (size_t i = 0; i < axes.size(); ++i) {
            const int64_t stride = i == 0 ? 1 : axes[i].extent > 1 ? axes[i].stride : 0;
            argument.dimensions[i] = {0, static_cast<int32_t>(axes[i].extent), static_cast<int32_t>(stride)};
        }
        argument.buffer.type = halide_type_t(halide_type_float, static_cast<uint8_t>(8 * element(argument)));
        argument.buffer.dimensions = static_cast<int32_t>(axes.size());
        argument.buffer.dim = argument.dimensions;
    }

    std::vector<Axis> channel_axes() const {
        if (has_form(t_.step.op) && t_.problem.form == NF_FORM_SMALL_PLANES)
            return {{t_.group, 1}, {t_.box.c / t_.group, t_.group}};
        return {{t_.box.c, 1}};
    }

    /// The operand of the argument's role, if the problem uses it.
    const Operand *used_operand(nf_role role) const {
        const Operand *candidate = operand_of(role, t_.step, t_.problem.op());
        return candidate && t_.problem.use(*candidate) ? candidate : nullptr;
    }

    void fill_tensor(Argument &argument) const {
        argument.operand = used_operand(argument.role);
        // A tensor that this problem has no use for stands in the signature for its extents alone.
        const Tensor *const own = argument.operand ? t_.problem.tensor(*argument.operand) : nullptr;
        const Canonical &t = own ? own->canonical : t_.problem.tensors.front().canonical;
        const Box &box = t_.box;
        if (t_.problem.form == NF_FORM_SMALL_PLANES)
            set_shape(argument, {{t_.group * box.s, 1}, {box.c / t_.group, t_.group * box.s}, {box.n, t.stride_n}});
        else if (t_.problem.form == NF_FORM_LAST)
            set_shape(argument, {{box.c, 1}, {box.n, t.stride_n}});
        else
            set_shape(argument, {{box.s, 1}, {box.c, t.stride_c}, {box.n, t.stride_n}});
        const auto size = static_cast<int64_t>(element(argument));
        argument.operand_offset = t.origin * size;
        for (size_t axis = 0; axis < kGridAxes; ++axis)
            argument.advance[axis] = t_.grid.block[axis] * t.axes()[axis].stride * size;
    }

    void fill_channels(Argument &argument) {
        set_shape(argument, channel_axes());
        argument.operand = used_operand(argument.role);
        argument.advance[kC] = t_.grid.block[kC] * static_cast<int64_t>(element(argument));
        if (argument.role == NF_ROLE_gamma || argument.role == NF_ROLE_beta) {
            if (on_gpu()) {
                take_scratch(argument, channel_axes());
                argument.cleared_bytes = static_cast<size_t>(t_.box.c) * element(argument);
                argument.filled_with_ones = argument.role == NF_ROLE_gamma;
                return;
            }
            argument.constant = (argument.role == NF_ROLE_gamma ? t_.constants.ones : t_.constants.zeros).data();
            return;
        }
        if (argument.operand && !(t_.problem.use(*argument.operand) & kOptional)) return;
        argument.workspace = shared_channels(argument.role);
        argument.shared = argument.workspace != Argument::kNone;
        if (!argument.shared) take_scratch(argument, channel_axes());
        if (reads_output(argument.role)) argument.cleared_bytes = static_cast<size_t>(t_.box.c) * element(argument);
    }

    /// What forward_train in parts hands from merge to its last step.
    size_t shared_channels(nf_role role) const {
        const Operand *const candidate = operand_of(role, t_.step, t_.problem.op());
        return candidate == &operand(OperandId::saved_mean)     ? t_.workspace.mean
               : candidate == &operand(OperandId::saved_invstd) ? t_.workspace.invstd
                                                                : Argument::kNone;
    }

    void take_scratch(Argument &argument, const std::vector<Axis> &axes) {
        size_t bytes = element(argument);
        for (const Axis &axis : axes) bytes *= static_cast<size_t>(axis.extent);
        bytes = aligned_bytes(bytes);
        argument.workspace = scratch_;
        scratch_ += bytes;
        if (!t_.grid.side_by_side || argument.operand) return;
        const auto own = static_cast<int64_t>(bytes);
        argument.shared = true;
        argument.advance = {0, t_.grid.count(kS) * own, 0, own};
        scratch_ += bytes * static_cast<size_t>(t_.grid.boxes() - 1);
    }

    void fill_scratch(Argument &argument, const std::vector<Axis> &axes) {
        set_shape(argument, axes);
        take_scratch(argument, axes);
    }

    /// Where triples of the whole problem are: f64[3][c], or with several parts or pieces f64[part][3][c].
    void place_triples(Argument &argument, TriplePlace place) {
        const int64_t block = t_.problem_grid.block[kC], parts = t_.problem_grid.parts();
        argument.advance[kC] = block * kDouble;
        switch (place) {
        case TriplePlace::none: break;
        case TriplePlace::triples: argument.operand = &operand(OperandId::triples); break;
        case TriplePlace::merged: argument.operand = &operand(OperandId::merged); break;
        case TriplePlace::total: argument.workspace = t_.workspace.total; break;
        case TriplePlace::parts: {
            const int64_t part = 3 * t_.box.c * kDouble;
            argument.workspace = t_.workspace.parts;
            argument.advance = {t_.grid.count(kN) * t_.grid.count(kS) * part, t_.grid.count(kS) * part,
                                parts * 3 * block * kDouble, part};
            break;
        }
        }
        argument.shared = argument.workspace != Argument::kNone;
    }

    void fill_triple(Argument &argument) {
        const bool merged = argument.role >= NF_ROLE_merged_0;
        const TriplePlace place = merged ? t_.step.merged : t_.step.triple;
        const int64_t index = argument.role - (merged ? NF_ROLE_merged_0 : NF_ROLE_triple_0);
        const int64_t channels = place == TriplePlace::parts ? t_.box.c : t_.problem.channels;
        set_shape(argument, channel_axes());
        place_triples(argument, place);
        if (argument.operand) argument.operand_offset = index * channels * kDouble;
        if (argument.shared) argument.workspace += static_cast<size_t>(index * channels * kDouble);
        const bool optional = argument.operand && t_.problem.use(*argument.operand) & kOptional;
        if (place == TriplePlace::none || optional) take_scratch(argument, channel_axes());
    }

    void fill_triples(Argument &argument) {
        const bool own = t_.step.triple == TriplePlace::parts;
        const int64_t row = own ? t_.box.c : t_.problem.channels;
        const int64_t parts = own ? t_.problem_grid.parts() : t_.problem.description.parts;
        set_shape(argument, {{t_.box.c, 1}, {3, row}, {parts, 3 * row}});
        place_triples(argument, t_.step.triple);
    }

    Target t_;
    size_t scratch_;
};

/// One value per channel, in the type of parameters.
std::vector<unsigned char> constant_parameters(const CheckedProblem &problem, int64_t channels, int value) {
    const size_t bytes = problem.element_bytes()[RoleKind::PARAMETER];
    std::vector<unsigned char> array(static_cast<size_t>(channels) * bytes);
    for (size_t at = 0; at < array.size(); at += bytes) {
        const auto narrow = static_cast<float>(value);
        const double wide = value;
        std::memcpy(&array[at], bytes == sizeof wide ? static_cast<const void *>(&wide) : &narrow, bytes);
    }
    return array;
}

} // namespace

Constants make_constants(const CheckedProblem &problem, const Grid &grid) {
    if (problem.description.device != NF_DEVICE_CPU || !problem.use(operand(OperandId::gamma))) return {};
    return {constant_parameters(problem, grid.block[kC], 1), constant_parameters(problem, grid.block[kC], 0)};
}

BoundStep Binder::bind(const Step &step, const Choice &choice) {
    BoundStep bound{grid_of(step, grid_), {}};
    const auto tail = [&](size_t shape, size_t axis) { return (shape >> (axis - 1) & 1) != 0; };
    for (size_t shape = 0; shape < bound.boxes.size(); ++shape) {
        bool exists = true;
        for (const size_t axis : {kN, kC, kS}) exists &= !tail(shape, axis) || bound.grid.has_tail(axis);
        if (!exists) continue;
        const Grid &grid = bound.grid;
        const Box box{grid.extent(kN, tail(shape, kN)), grid.extent(kC, tail(shape, kC)), grid.extent(kS, tail(shape, kS))};
        const auto bind_kernel = [&](const nf_kernel &kernel) {
            KernelBinder binder({problem_, constants_, workspace_, grid_, grid, step, kernel, box,
                                 has_form(step.op) ? group_of(problem_, box, threads_) : 1});
            BoundKernel result = binder.bind();
            workspace_size_ = std::max(workspace_size_, binder.workspace_size());
            return result;
        };
        bound.boxes[shape].cached = bind_kernel(*choice.cached.kernel);
        const nf_kernel *const wide = choice.stream.kernel;
        const bool fits = wide && (wide->alignment ? unfit_for_vectors(problem_, box, wide->alignment)
                                                   : unfit_for_streaming(problem_, step, box, threads_))
                                      .empty();
        if (fits) bound.boxes[shape].stream = bind_kernel(*choice.stream.kernel);
    }
    return bound;
}

} // namespace normforge
