// SPDX-License-Identifier: MIT
// What the generators of all ops share: GeneratorParams, arguments by name, promises about buffers, the choice of schedule.
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"
#include "generators/schedule/halide_target.h"
#include "generators/schedule/schedule.h"

namespace normforge {

enum class Schedule { Native, Portable };

/// The partial results of the `last` form: an output only there, and static because a Tuple cannot be added in configure().
template <bool last>
struct PartialOutput {
    void assign_partial(const Halide::Func &) {}
};
template <>
struct PartialOutput<true> {
    Halide::GeneratorOutput<Halide::Func> partial{"partial", {Halide::Float(64), Halide::Float(64)}, 2};
    void assign_partial(const Halide::Func &value) { partial = value; }
};

/// Base of the generators; Derived defines configure() and generate(). Arguments have the names of the kernel table's roles.
template <typename Derived, bool is_last>
class OpGenerator : public Halide::Generator<Derived> {
public:
    Halide::GeneratorParam<Form> form{"form", is_last ? Form::Last : Form::Inner, form_names()};
    Halide::GeneratorParam<std::string> dtype{"dtype", "f32"}; ///< element type of tensors
    Halide::GeneratorParam<bool> stats64{"stats64", false};    ///< statistics and arithmetic in float64
    Halide::GeneratorParam<std::string> epilogue{"epilogue", "none"};
    /// y or dx is written by streaming stores: promises alignment to 64 bytes
    Halide::GeneratorParam<bool> stream{"stream", false};
    Halide::GeneratorParam<Schedule> schedule_kind{
        "schedule", Schedule::Native, {{"native", Schedule::Native}, {"portable", Schedule::Portable}}};
    // Schedule parameters, see tuning/parameters.cpp; 0 stands for the target's default.
    Halide::GeneratorParam<int> vector{"vector", 0};
    Halide::GeneratorParam<int> unroll{"unroll", 0};
    Halide::GeneratorParam<int> channel_vectors{"channel_vectors", 0};
    Halide::GeneratorParam<int> task_elements{"task_elements", 0};

protected:
    using TensorInput = Halide::GeneratorInput<Halide::Buffer<>>;
    using TensorOutput = Halide::GeneratorOutput<Halide::Buffer<>>;

    /// Declares inputs: tensors, and per-channel arrays of parameters and of statistics.
    void inputs(const std::vector<std::string> &tensors, const std::vector<std::string> &parameters,
                const std::vector<std::string> &statistics) {
        for (const std::string &name : tensors) declare_input(name, element_type().stored, tensor_dimensions(form));
        for (const std::string &name : parameters) declare_input(name, arithmetic().parameter, channel_dimensions(form));
        for (const std::string &name : statistics) declare_input(name, arithmetic().statistic, channel_dimensions(form));
        if (form == Form::SmallPlanes) plane = this->template add_input<int32_t>("plane");
    }
    /// Declares outputs: per-channel arrays of one type, and a tensor.
    void channel_outputs(const std::vector<std::string> &names, Halide::Type type) {
        for (const std::string &name : names) declare_output(name, type, channel_dimensions(form));
    }
    void tensor_output(const std::string &name) { declare_output(name, element_type().stored, tensor_dimensions(form)); }

    Tensor tensor(const std::string &name) { return Tensor(*input_buffers.at(name), element_type(), arithmetic().element); }
    Halide::Func func(const std::string &name) { return *input_buffers.at(name); }

    const ElementType &element_type() {
        auto entry = element_types().find(dtype);
        _halide_user_assert(entry != element_types().end()) << "dtype '" << dtype.value() << "' does not exist";
        return entry->second;
    }
    Arithmetic arithmetic() {
        Halide::Type parameter = element_type().computed;
        Halide::Type statistic = stats64 ? Halide::Float(64) : parameter;
        return {statistic, parameter, statistic};
    }

    /// What every op is given. `eps` and the scalars of the form must have been declared.
    OpInputs op_inputs() {
        auto value = [](const auto *scalar) { return scalar ? Halide::Expr(*scalar) : Halide::Expr(); };
        return {form,          element_type(), arithmetic(), chosen_epilogue(), tensor("x"),
                func("gamma"), func("beta"),   value(eps),   value(plane),      value(chunks)};
    }

    /// Gives the outputs that this form has their definitions.
    void assign(const std::map<std::string, Halide::Func> &definitions) {
        for (auto &[name, output] : output_buffers) *output = definitions.at(name);
    }

    const Epilogue &chosen_epilogue() {
        auto entry = epilogues().find(epilogue);
        _halide_user_assert(entry != epilogues().end()) << "epilogue '" << epilogue.value() << "' does not exist";
        return entry->second;
    }

    void eps_input() { eps = this->template add_input<double>("eps"); }

    /// Number of chunks that the rows are divided into (last).
    void chunks_input() {
        if (is_last) chunks = this->template add_input<int32_t>("chunks");
    }

    /// Promises what the runtime guarantees, then schedules.
    void finish(Pipeline &op) {
        const Halide::Target compiled_for = this->get_target();
        _halide_user_assert(compiled_for.has_feature(Halide::Target::StrictFloat))
            << "the target lacks strict_float: without it fast math changes the formulas";
        promise_shapes();
        if (schedule_kind == Schedule::Portable) {
            schedule_portable(op);
            return;
        }
        ScheduleParameters requested = {vector, unroll, channel_vectors, task_elements};
        schedule_x86(op, resolve(requested, target_facts(compiled_for), arithmetic().element.bytes()));
    }

private:
    void declare_input(const std::string &name, Halide::Type type, int dimensions) {
        input_buffers[name] = this->template add_input<Halide::Buffer<>>(name, type, dimensions);
    }
    void declare_output(const std::string &name, Halide::Type type, int dimensions) {
        output_buffers[name] = this->template add_output<Halide::Buffer<>>(name, type, dimensions);
    }

    /// Every extent follows from x; with `stream`, so does the alignment that streaming stores need.
    void promise_shapes() {
        Halide::ImageParam x = *input_buffers.at("x");
        auto promise = [&](Halide::OutputImageParam buffer, bool tensor) {
            for (int i = 0; i < buffer.dimensions(); i++) {
                bool channels_of_group = !tensor && i == 0 && form == Form::SmallPlanes;
                int x_dimension = !tensor && form == Form::Inner ? 1 : i;
                Halide::Expr extent = x.dim(x_dimension).extent();
                buffer.dim(i).set_bounds(0, channels_of_group ? extent / Halide::Expr(*plane) : extent);
            }
        };
        for (int i = 0; i < x.dimensions(); i++) x.dim(i).set_min(0);
        for (auto &[name, input] : input_buffers) {
            if (name != "x") promise(Halide::ImageParam(*input), name == "dy");
        }
        for (auto &[name, output] : output_buffers) {
            bool tensor = name == "y" || name == "dx";
            Halide::OutputImageParam buffer = Halide::Func(*output).output_buffer();
            promise(buffer, tensor);
            if (tensor && stream) promise_alignment(buffer);
        }
    }

    void promise_alignment(Halide::OutputImageParam buffer) {
        const int line = 64 / element_type().stored.bytes();
        buffer.set_host_alignment(64);
        buffer.dim(0).set_extent(buffer.dim(0).extent() / line * line);
        for (int i = 1; i < buffer.dimensions(); i++) buffer.dim(i).set_stride(buffer.dim(i).stride() / line * line);
    }

    Halide::GeneratorInput<double> *eps = nullptr;
    Halide::GeneratorInput<int32_t> *plane = nullptr, *chunks = nullptr;
    std::map<std::string, TensorInput *> input_buffers;
    std::map<std::string, TensorOutput *> output_buffers;
};

} // namespace normforge
