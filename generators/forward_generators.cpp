// SPDX-License-Identifier: MIT
// The generators forward_train and forward_inference: adapters from GeneratorParams and named arguments to
// generators/algorithm, which work with Halide's own command line too.
#include "generators/algorithm/forward.h"
#include "generators/op_generator.h"

namespace {

using namespace normforge;

template <bool last>
class ForwardTrain : public ReducingGenerator<ForwardTrain<last>, last> {
public:
    void configure() {
        this->tensor_inputs({"x"});
        if (this->chosen_epilogue().adds_residual) this->tensor_inputs({"residual"});
        this->parameter_inputs({"gamma", "beta"});
        this->number_input("eps");
        this->number_input("momentum");
        this->integer_input("unbiased");
        this->form_scalars();
        this->chunks_input();
        this->outputs({"mean", "variance", "invstd", "running_mean", "running_variance"}, this->arithmetic().statistic);
        this->scale_scratch();
        this->tensor_output("y");
    }
    void generate() {
        ForwardOutputs out;
        normforge::Pipeline op = forward_train(this->op_inputs(), {this->scalar("momentum"), this->scalar("unbiased")}, out);
        this->assign({{"mean", out.statistics.mean},
                      {"variance", out.statistics.variance},
                      {"invstd", out.statistics.invstd},
                      {"running_mean", out.statistics.running_mean},
                      {"running_variance", out.statistics.running_variance},
                      {"scale", out.scale},
                      {"y", out.y}});
        this->assign_partial(out.partial);
        this->finish(op);
    }
};

class ForwardInference : public OpGenerator<ForwardInference> {
public:
    void configure() {
        tensor_inputs({"x"});
        if (chosen_epilogue().adds_residual) tensor_inputs({"residual"});
        parameter_inputs({"gamma", "beta"});
        statistic_inputs({"mean", "deviation"});
        number_input("eps");
        integer_input("inverted");
        form_scalars();
        outputs({"invstd"}, arithmetic().statistic);
        scale_scratch();
        tensor_output("y");
    }
    void generate() {
        ForwardOutputs out;
        normforge::Pipeline op = forward_inference(op_inputs(), {func("mean"), func("deviation"), scalar("inverted")}, out);
        assign({{"invstd", out.invstd}, {"scale", out.scale}, {"y", out.y}});
        finish(op);
    }
};

} // namespace

HALIDE_REGISTER_GENERATOR(ForwardTrain<false>, forward_train)
HALIDE_REGISTER_GENERATOR(ForwardTrain<true>, forward_train_last)
HALIDE_REGISTER_GENERATOR(ForwardInference, forward_inference)
