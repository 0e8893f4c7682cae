// SPDX-License-Identifier: MIT
// The generators of backward, whole and in phases.
#include "generators/algorithm/affine.h"
#include "generators/algorithm/backward.h"
#include "generators/op_generator.h"

namespace {

using namespace normforge;

/// The arguments of backward, the same for generators of either base.
template <typename Base>
class BackwardArguments : public Base {
protected:
    /// What the elements are made of: gamma * invstd, x - mean, or neither; all of it where the pre-activation is
    /// recomputed.
    enum Use { kNothing = 0, kScale = 1, kCentred = 2 };

    /// Tensors, parameters and the mean; the derivative is taken at y or at the recomputed pre-activation.
    void backward_inputs(int use) {
        Epilogue fused = this->chosen_epilogue();
        this->tensor_inputs({"x", "dy"});
        if (fused.adds_residual && recomputes())
            this->tensor_inputs({"residual"});
        else if (fused.adds_residual && fused.activation.gradient_at_output)
            this->tensor_inputs({"y"});
        if ((use & kScale) || recomputes()) this->parameter_inputs({"gamma"});
        if (recomputes()) this->parameter_inputs({"beta"});
        if ((use & kCentred) || recomputes()) this->statistic_inputs({"mean"});
        this->form_scalars();
    }
    bool recomputes() { return recomputes_pre_activation(this->chosen_epilogue()); }
    void given_statistics() {
        this->statistic_inputs({"deviation"});
        this->number_input("eps");
        this->integer_input("inverted");
        this->outputs({"invstd"}, this->arithmetic().statistic);
    }
    void parameter_gradient_outputs() {
        this->integer_input("add_dgamma");
        this->integer_input("add_dbeta");
        this->outputs({"dgamma", "dbeta"}, this->arithmetic().parameter);
    }

    BackwardInputs backward_values() {
        BackwardInputs in(this->op_inputs(), this->tensor("dy"));
        in.y = this->tensor_if_given("y");
        in.addend = this->tensor_if_given("addend");
        in.mean = this->func("mean");
        in.invstd = this->func("invstd");
        in.add_dgamma = this->scalar("add_dgamma");
        in.add_dbeta = this->scalar("add_dbeta");
        return in;
    }
    /// invstd as an output, where this kernel has given statistics.
    Halide::Func given_invstd(normforge::Pipeline &op, BackwardInputs &in) {
        Halide::Func deviation = this->func("deviation");
        if (deviation.defined()) in.invstd = invstd_of(op, {in.mean, deviation, this->scalar("inverted")}, in.eps);
        return op.invstd;
    }
};

template <bool last>
class BackwardTrain : public BackwardArguments<ReducingGenerator<BackwardTrain<last>, last>> {
public:
    void configure() {
        this->backward_inputs(this->kScale | this->kCentred);
        this->statistic_inputs({"invstd"});
        this->chunks_input();
        this->parameter_gradient_outputs();
        this->scale_scratch();
        this->element_scratch({"mean_dz", "slope_dz"});
        this->tensor_output("dx");
    }
    void generate() {
        BackwardInputs in = this->backward_values();
        BackwardOutputs out;
        normforge::Pipeline op(in.canonical());
        backward_train(op, in, out);
        this->assign({{"dgamma", out.dgamma},
                      {"dbeta", out.dbeta},
                      {"scale", out.scale},
                      {"mean_dz", out.mean_dz},
                      {"slope_dz", out.slope_dz},
                      {"dx", out.dx}});
        this->assign_partial(out.partial);
        this->finish(op);
    }
};

template <bool last>
class BackwardFrozen : public BackwardArguments<ReducingGenerator<BackwardFrozen<last>, last>> {
public:
    void configure() {
        this->backward_inputs(this->kScale | this->kCentred);
        this->given_statistics();
        this->chunks_input();
        this->parameter_gradient_outputs();
        this->scale_scratch();
        this->tensor_output("dx");
    }
    void generate() {
        BackwardInputs in = this->backward_values();
        BackwardOutputs out;
        normforge::Pipeline op(in.canonical());
        Halide::Func invstd = this->given_invstd(op, in);
        backward_frozen(op, in, out);
        this->assign(
            {{"invstd", invstd}, {"dgamma", out.dgamma}, {"dbeta", out.dbeta}, {"scale", out.scale}, {"dx", out.dx}});
        this->assign_partial(out.partial);
        this->finish(op);
    }
};

template <bool last>
class BackwardReduce : public BackwardArguments<ReducingGenerator<BackwardReduce<last>, last>> {
public:
    void configure() {
        this->backward_inputs(this->kCentred);
        if (this->recomputes()) {
            this->given_statistics();
            this->scale_scratch();
        }
        this->chunks_input();
        this->outputs({"triple_0", "triple_1", "triple_2"}, Halide::Float(64));
    }
    void generate() {
        BackwardInputs in = this->backward_values();
        BackwardOutputs out;
        normforge::Pipeline op(in.canonical());
        Halide::Func invstd = this->given_invstd(op, in);
        backward_reduce(op, in, out);
        this->assign({{"invstd", invstd},
                      {"scale", out.scale},
                      {"triple_0", out.triple.first},
                      {"triple_1", out.triple.second},
                      {"triple_2", out.triple.third}});
        this->assign_partial(out.partial);
        this->finish(op);
    }
};

/// Elementwise phases, with `accumulate` added to what is there.
template <typename Derived>
class ElementwiseBackward : public BackwardArguments<OpGenerator<Derived>> {
public:
    Halide::GeneratorParam<bool> accumulate{"accumulate", false};

protected:
    void elementwise_inputs(int use) {
        this->backward_inputs(use);
        if (accumulate) this->tensor_inputs({"addend"});
    }
};

class BackwardApply : public ElementwiseBackward<BackwardApply> {
public:
    Halide::GeneratorParam<bool> frozen{"frozen", false}; ///< constant statistics: no triple

    void configure() {
        elementwise_inputs(frozen ? kScale : kScale | kCentred);
        given_statistics();
        if (!frozen) inputs({"triple_0", "triple_1", "triple_2"}, Halide::Float(64));
        scale_scratch();
        if (!frozen) element_scratch({"mean_dz", "slope_dz"});
        tensor_output("dx");
    }
    void generate() {
        BackwardInputs in = backward_values();
        BackwardOutputs out;
        normforge::Pipeline op(in.canonical());
        Halide::Func invstd = given_invstd(op, in);
        if (frozen)
            backward_apply_frozen(op, in, out);
        else
            backward_apply(op, in, {func("triple_0"), func("triple_1"), func("triple_2")}, out);
        assign({{"invstd", invstd},
                {"scale", out.scale},
                {"mean_dz", out.mean_dz},
                {"slope_dz", out.slope_dz},
                {"dx", out.dx}});
        finish(op);
    }
};

class BackwardResidual : public ElementwiseBackward<BackwardResidual> {
public:
    void configure() {
        elementwise_inputs(kNothing);
        if (recomputes()) {
            given_statistics();
            scale_scratch();
        }
        tensor_output("dresidual");
    }
    void generate() {
        BackwardInputs in = backward_values();
        BackwardOutputs out;
        normforge::Pipeline op(in.canonical());
        Halide::Func invstd = given_invstd(op, in);
        backward_residual(op, in, out);
        assign({{"invstd", invstd}, {"scale", out.scale}, {"dresidual", out.dresidual}});
        finish(op);
    }
};

} // namespace

HALIDE_REGISTER_GENERATOR(BackwardTrain<false>, backward_train)
HALIDE_REGISTER_GENERATOR(BackwardTrain<true>, backward_train_last)
HALIDE_REGISTER_GENERATOR(BackwardFrozen<false>, backward_frozen)
HALIDE_REGISTER_GENERATOR(BackwardFrozen<true>, backward_frozen_last)
HALIDE_REGISTER_GENERATOR(BackwardReduce<false>, backward_reduce)
HALIDE_REGISTER_GENERATOR(BackwardReduce<true>, backward_reduce_last)
HALIDE_REGISTER_GENERATOR(BackwardApply, backward_apply)
HALIDE_REGISTER_GENERATOR(BackwardResidual, backward_residual)
