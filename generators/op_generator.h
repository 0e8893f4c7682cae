// SPDX-License-Identifier: MIT
// What the generators of all ops share: GeneratorParams, arguments by name, promises about buffers, the choice of schedule,
// own lowering passes. Arguments have the names of the kernel table's roles.
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"
#include "generators/schedule/estimates.h"
#include "generators/schedule/halide_target.h"
#include "generators/schedule/masked_reads.h"
#include "generators/schedule/schedule.h"

#include <map>

namespace normforge {

enum class Schedule { Native, Portable };

/// Types, scalars and schedule: what generators of every op have.
template <typename Derived>
class TypedGenerator : public Halide::Generator<Derived> {
public:
    Halide::GeneratorParam<std::string> dtype{"dtype", "f32"}; ///< element type of tensors
    Halide::GeneratorParam<bool> stats64{"stats64", false};    ///< statistics and arithmetic in float64
    Halide::GeneratorParam<Schedule> schedule_kind{
        "schedule", Schedule::Native, {{"native", Schedule::Native}, {"portable", Schedule::Portable}}};
    /// "name=value ...", see tuning/parameters.h; those not named have the target's defaults
    Halide::GeneratorParam<std::string> schedule_parameters{"parameters", ""};

protected:
    using BufferInput = Halide::GeneratorInput<Halide::Buffer<>>;
    using BufferOutput = Halide::GeneratorOutput<Halide::Buffer<>>;

    void number_input(const std::string &name) { numbers_[name] = this->template add_input<double>(name); }
    void integer_input(const std::string &name) { integers_[name] = this->template add_input<int32_t>(name); }

    /// A scalar input, undefined if this kernel has none of that name.
    Halide::Expr scalar(const std::string &name) {
        if (auto number = numbers_.find(name); number != numbers_.end()) return *number->second;
        auto integer = integers_.find(name);
        return integer == integers_.end() ? Halide::Expr() : Halide::Expr(*integer->second);
    }

    /// Tells autoschedulers the values of scalars: those named, 1 for the others.
    void estimate_scalars(const std::map<std::string, int> &values) {
        auto estimate = [&](auto &inputs) {
            for (auto &[name, input] : inputs) input->set_estimate(values.count(name) ? values.at(name) : 1);
        };
        estimate(numbers_);
        estimate(integers_);
    }

    const ElementType &element_type() {
        const auto &types = facts().gpu == Gpu::OpenCl ? opencl_element_types() : element_types();
        auto entry = types.find(dtype);
        _halide_user_assert(entry != types.end()) << "dtype '" << dtype.value() << "' does not exist";
        return entry->second;
    }
    Arithmetic arithmetic() {
        Halide::Type parameter = element_type().computed;
        Halide::Type statistic = stats64 ? Halide::Float(64) : parameter;
        return {statistic, parameter, statistic};
    }

    bool on_gpu() { return facts().gpu != Gpu::None; }
    bool portable() { return schedule_kind == Schedule::Portable; }

    TargetFacts facts() {
        const Halide::Target compiled_for = this->get_target();
        _halide_user_assert(compiled_for.has_feature(Halide::Target::StrictFloat))
            << "the target lacks strict_float: without it fast math changes the formulas";
        return target_facts(compiled_for);
    }

    ScheduleParameters parameters() {
        return resolve(parse_parameters(schedule_parameters), facts(), arithmetic().element.bytes());
    }

private:
    std::map<std::string, Halide::GeneratorInput<double> *> numbers_;
    std::map<std::string, Halide::GeneratorInput<int32_t> *> integers_;
};

/// Base of the generators of ops that see tensors; Derived defines configure() and generate().
template <typename Derived, Form default_form = Form::Inner>
class OpGenerator : public TypedGenerator<Derived> {
public:
    Halide::GeneratorParam<Form> form{"form", default_form, form_names()};
    Halide::GeneratorParam<std::string> epilogue{"epilogue", "none"};
    /// y or dx is written by streaming stores: promises alignment to 64 bytes
    Halide::GeneratorParam<bool> stream{"stream", false};
    /// Pointers, strides and contiguous extents of tensors are multiples of a GPU's widest access
    Halide::GeneratorParam<bool> aligned{"aligned", false};
    /// The canonical extents n, c and s as constants, "32x64x3136"; empty: any shape
    Halide::GeneratorParam<std::string> shape{"shape", ""};
    /// What the runtime will choose for that shape, for autoschedulers: channels of a group (small_planes), chunks (last)
    Halide::GeneratorParam<int> expected_group{"expected_group", 1};
    Halide::GeneratorParam<int> expected_chunks{"expected_chunks", 1};

protected:
    void tensor_inputs(const std::vector<std::string> &names) {
        for (const std::string &name : names) input(name, this->element_type().stored, true);
    }
    void parameter_inputs(const std::vector<std::string> &names) { inputs(names, this->arithmetic().parameter); }
    void statistic_inputs(const std::vector<std::string> &names) { inputs(names, this->arithmetic().statistic); }
    void inputs(const std::vector<std::string> &names, Halide::Type type) {
        for (const std::string &name : names) input(name, type, false);
    }
    void tensor_output(const std::string &name) { output(name, this->element_type().stored, true); }
    void outputs(const std::vector<std::string> &names, Halide::Type type) {
        for (const std::string &name : names) output(name, type, false);
    }
    /// Per-channel scratch, where no loop over channels surrounds the element loops.
    void element_scratch(const std::vector<std::string> &names) {
        if (form == Form::Last || this->on_gpu()) outputs(names, this->arithmetic().element);
    }
    /// The scratch for gamma * invstd: a GPU's threads multiply them themselves.
    void scale_scratch() {
        if (!this->on_gpu()) element_scratch({"scale"});
    }
    /// What the form and the epilogue need besides.
    void form_scalars() {
        if (form == Form::SmallPlanes) this->integer_input("plane");
        if (chosen_epilogue().activation.has_slope) this->number_input("slope");
    }

    Tensor tensor(const std::string &name) {
        return Tensor(*input_buffers_.at(name).buffer, this->element_type(), this->arithmetic().element);
    }
    std::optional<Tensor> tensor_if_given(const std::string &name) {
        return input_buffers_.count(name) ? std::optional<Tensor>(tensor(name)) : std::nullopt;
    }
    Halide::Func func(const std::string &name) {
        auto entry = input_buffers_.find(name);
        return entry == input_buffers_.end() ? Halide::Func() : Halide::Func(*entry->second.buffer);
    }

    Epilogue chosen_epilogue() { return epilogue_named(epilogue); }

    OpInputs op_inputs() {
        OpInputs in = {form, written_type(), this->arithmetic(), chosen_epilogue(), tensor("x")};
        in.residual = tensor_if_given("residual");
        in.gamma = func("gamma");
        in.beta = func("beta");
        in.eps = this->scalar("eps");
        in.fits_nan = fits_nan();
        if (Halide::Expr slope = this->scalar("slope"); slope.defined()) {
            in.slope = cast(in.arithmetic.element, slope);
            if (in.fits_nan) in.slope = fitting_nan(in.slope);
        }
        in.plane = plane();
        in.chunks = this->scalar("chunks");
        in.overfills_runs = !this->using_autoscheduler();
        if (this->on_gpu()) in.gpu = gpu_tree();
        return in;
    }

    /// Gives the outputs that this form has their definitions.
    void assign(const std::map<std::string, Halide::Func> &definitions) {
        for (auto &[name, output] : output_buffers_) *output.buffer = definitions.at(name);
    }

    /// Promises what the runtime guarantees, then schedules.
    void finish(Pipeline &op) {
        promise_shapes();
        if (this->using_autoscheduler())
            estimate();
        else if (this->on_gpu())
            schedule_gpu(op, this->get_pipeline(), this->facts().gpu == Gpu::Cuda);
        else if (this->portable())
            schedule_portable(op);
        else
            add_prefetches(this->get_pipeline(), schedule_simd(op, this->parameters(), this->facts(), elements()));
        if (this->facts().masked_loads) mask_clamped_reads(this->get_pipeline());
    }

private:
    template <typename Buffer>
    struct Declared {
        Buffer *buffer;
        bool tensor;
    };

    /// In `last` the loops over rows would make per-channel values fit again and again, which costs what it saves.
    bool fits_nan() {
        const bool x86 = this->get_target().arch == Halide::Target::X86 && !this->on_gpu();
        return x86 && this->dtype.value() == "bf16" && !this->stats64 && form != Form::Last;
    }
    /// Where converting to f16 and storing is one instruction, LLVM 19 takes it for streaming stores too, which then do not
    /// stream; what keeps NaN for CPUs without that instruction stands between the two.
    bool converts_natively() {
        return this->get_target().has_feature(Halide::Target::F16C) && this->dtype.value() == "f16" && !stream;
    }
    /// The type as y or dx is stored in it.
    const ElementType &written_type() {
        if (fits_nan()) return fitting_bf16();
        return converts_natively() ? native_f16() : this->element_type();
    }

    ElementFacts elements() {
        const Halide::Type stored = this->element_type().stored;
        return {this->arithmetic().element.bytes(), stored.bytes(), stored == Halide::Float(16), stream};
    }

    /// Elements that are loaded or stored at once on a GPU.
    int vector() { return aligned ? gpu_vector(this->element_type().stored.bytes()) : 1; }
    GpuTree gpu_tree() {
        // Vectors of planes that are not whole would cross from one channel to the next.
        if (form == Form::SmallPlanes) return {1, kGpuElements / 2, kGpuBlock, vector()};
        if (form == Form::Inner) return {vector(), kGpuElements / (aligned ? vector() : 2), kGpuBlock, vector()};
        return {vector(), 4, kGpuRows, vector()};
    }

    int dimensions(bool tensor) {
        if (!tensor && this->on_gpu()) return 1;
        return tensor ? tensor_dimensions(form) : channel_dimensions(form);
    }
    void input(const std::string &name, Halide::Type type, bool tensor) {
        auto *buffer = this->template add_input<Halide::Buffer<>>(name, type, dimensions(tensor));
        input_buffers_[name] = {buffer, tensor};
    }
    void output(const std::string &name, Halide::Type type, bool tensor) {
        auto *buffer = this->template add_output<Halide::Buffer<>>(name, type, dimensions(tensor));
        output_buffers_[name] = {buffer, tensor};
    }

    /// Elements of a plane; undefined in forms where the extents of tensors say it.
    Halide::Expr plane() {
        const Halide::Expr argument = this->scalar("plane");
        const std::optional<FixedShape> fixed = fixed_shape(shape);
        return argument.defined() && fixed ? Halide::Expr(fixed->s) : argument;
    }

    /// Every extent follows from x, or is a constant; with `stream`, so does the alignment that streaming stores need.
    void promise_shapes() {
        Halide::ImageParam x = *input_buffers_.at("x").buffer;
        const bool promises = stream || (aligned && this->on_gpu());
        const int line = stream ? kLineBytes / this->element_type().stored.bytes() : aligned ? vector() : 1;
        std::vector<Halide::Expr> fixed = fixed_extents(form, fixed_shape(shape));
        if (form == Form::SmallPlanes && this->on_gpu()) fixed[1] = 1; // all channels are one group
        auto x_extent = [&](int i) { return fixed.at(i).defined() ? fixed.at(i) : x.dim(i).extent(); };
        auto promise = [&](Halide::OutputImageParam buffer, bool tensor) {
            for (int i = 0; i < buffer.dimensions(); i++) {
                bool channels_of_group = !tensor && i == 0 && form == Form::SmallPlanes;
                int x_dimension = !tensor && form == Form::Inner ? 1 : i;
                // The same expression for all buffers, or fused loops over channels fall apart: 7 KB more of code in `last`.
                Halide::Expr extent = x_extent(x_dimension);
                if (x_dimension == 0) extent = extent / line * line;
                buffer.dim(i).set_bounds(0, channels_of_group ? extent / plane() : extent);
            }
        };
        for (int i = 0; i < x.dimensions(); i++) {
            x.dim(i).set_min(0);
            if (fixed.at(i).defined()) x.dim(i).set_extent(fixed.at(i));
            if (i == 0 && aligned && this->on_gpu()) x.dim(i).set_extent(x_extent(0) / line * line);
        }
        for (auto &[name, input] : input_buffers_) {
            Halide::ImageParam buffer = *input.buffer;
            if (name != "x") promise(buffer, input.tensor);
            if (input.tensor && this->on_gpu() && aligned) promise_alignment(buffer, line);
        }
        for (auto &[name, output] : output_buffers_) {
            Halide::OutputImageParam buffer = Halide::Func(*output.buffer).output_buffer();
            promise(buffer, output.tensor);
            if (output.tensor && promises) promise_alignment(buffer, line);
        }
    }

    /// What autoschedulers reckon with.
    void estimate() {
        const std::optional<FixedShape> fixed = fixed_shape(shape);
        _halide_user_assert(fixed) << "an autoscheduler needs a shape";
        this->estimate_scalars({{"plane", fixed->s}, {"chunks", expected_chunks}});
        auto region = [&](bool tensor) { return expected_region(form, *fixed, expected_group, tensor); };
        for (auto &[name, input] : input_buffers_) input.buffer->set_estimates(region(input.tensor));
        for (auto &[name, output] : output_buffers_) output.buffer->set_estimates(region(output.tensor));
    }

    void promise_alignment(Halide::OutputImageParam buffer, int line) {
        buffer.set_host_alignment(stream ? kLineBytes : line * this->element_type().stored.bytes());
        for (int i = 1; i < buffer.dimensions(); i++) buffer.dim(i).set_stride(buffer.dim(i).stride() / line * line);
    }

    std::map<std::string, Declared<typename TypedGenerator<Derived>::BufferInput>> input_buffers_;
    std::map<std::string, Declared<typename TypedGenerator<Derived>::BufferOutput>> output_buffers_;
};

/// Base of the generators of ops that reduce. The partial results of the `last` form are an output only there, and static
/// because a Tuple cannot be added in configure(): so each such op is two generators, `op` and `op_last`.
template <typename Derived, bool last>
class ReducingGenerator : public OpGenerator<Derived, last ? Form::Last : Form::Inner> {
protected:
    void chunks_input() {}
    void assign_partial(const Halide::Func &) {}
};
template <typename Derived>
class ReducingGenerator<Derived, true> : public OpGenerator<Derived, Form::Last> {
public:
    Halide::GeneratorOutput<Halide::Func> partial{"partial", {Halide::Float(64), Halide::Float(64)}, 2};

protected:
    void chunks_input() { this->integer_input("chunks"); }
    void assign_partial(const Halide::Func &value) {
        partial = value;
        if (this->on_gpu()) // from 0 on, vectors are whole
            for (int i = 0; i < 2; i++) value.output_buffers().front().dim(i).set_min(0);
        const auto fixed = fixed_shape(this->shape);
        if (fixed) partial.set_estimates({{0, fixed->c}, {0, this->expected_chunks}});
    }
};

} // namespace normforge
