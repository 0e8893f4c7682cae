// SPDX-License-Identifier: MIT
// The Halide generators: forward_train, forward_inference, backward_train, backward_frozen, each also as <op>_last. They are
// adapters from GeneratorParams and named arguments to generators/algorithm, and work with Halide's own command line.
#include "generators/algorithm/backward.h"
#include "generators/algorithm/forward.h"
#include "generators/op_generator.h"

namespace {

using namespace normforge;

template <bool last>
class ForwardTrain : public OpGenerator<ForwardTrain<last>, last>, public PartialOutput<last> {
public:
    void configure() {
        this->inputs({"x"}, {"gamma", "beta"}, {});
        this->eps_input();
        momentum = this->template add_input<double>("momentum");
        this->chunks_input();
        this->channel_outputs({"mean", "variance", "invstd", "running_mean", "running_variance"},
                              this->arithmetic().statistic);
        if (last) this->channel_outputs({"scale"}, this->arithmetic().element);
        this->tensor_output("y");
    }
    void generate() {
        ForwardInputs in(this->op_inputs());
        in.momentum = *momentum;
        ForwardOutputs out;
        Pipeline op = forward_train(in, out);
        this->assign({{"mean", out.mean},
                      {"variance", out.variance},
                      {"invstd", out.invstd},
                      {"running_mean", out.running_mean},
                      {"running_variance", out.running_variance},
                      {"scale", out.scale},
                      {"y", out.y}});
        this->assign_partial(out.partial);
        this->finish(op);
    }

private:
    Halide::GeneratorInput<double> *momentum;
};

template <bool last>
class ForwardInference : public OpGenerator<ForwardInference<last>, last> {
public:
    void configure() {
        this->inputs({"x"}, {"gamma", "beta"}, {"mean", "variance"});
        this->eps_input();
        this->channel_outputs({"invstd"}, this->arithmetic().statistic);
        if (last) this->channel_outputs({"scale"}, this->arithmetic().element);
        this->tensor_output("y");
    }
    void generate() {
        ForwardInputs in(this->op_inputs());
        in.mean = this->func("mean");
        in.variance = this->func("variance");
        ForwardOutputs out;
        Pipeline op = forward_inference(in, out);
        this->assign({{"invstd", out.invstd}, {"scale", out.scale}, {"y", out.y}});
        this->finish(op);
    }
};

template <bool last>
class BackwardTrain : public OpGenerator<BackwardTrain<last>, last>, public PartialOutput<last> {
public:
    void configure() {
        this->inputs({"x", "dy"}, {"gamma", "beta"}, {"mean", "invstd"});
        this->chunks_input();
        this->channel_outputs({"dgamma", "dbeta"}, this->arithmetic().parameter);
        if (last) this->channel_outputs({"scale", "mean_dz", "slope_dz"}, this->arithmetic().element);
        this->tensor_output("dx");
    }
    void generate() {
        BackwardInputs in(this->op_inputs(), this->tensor("dy"));
        in.mean = this->func("mean");
        in.invstd = this->func("invstd");
        BackwardOutputs out;
        Pipeline op = backward_train(in, out);
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
class BackwardFrozen : public OpGenerator<BackwardFrozen<last>, last>, public PartialOutput<last> {
public:
    void configure() {
        this->inputs({"x", "dy"}, {"gamma", "beta"}, {"mean", "variance"});
        this->eps_input();
        this->chunks_input();
        this->channel_outputs({"invstd"}, this->arithmetic().statistic);
        this->channel_outputs({"dgamma", "dbeta"}, this->arithmetic().parameter);
        if (last) this->channel_outputs({"scale"}, this->arithmetic().element);
        this->tensor_output("dx");
    }
    void generate() {
        BackwardInputs in(this->op_inputs(), this->tensor("dy"));
        in.mean = this->func("mean");
        in.variance = this->func("variance");
        BackwardOutputs out;
        Pipeline op = backward_frozen(in, out);
        this->assign(
            {{"invstd", out.invstd}, {"dgamma", out.dgamma}, {"dbeta", out.dbeta}, {"scale", out.scale}, {"dx", out.dx}});
        this->assign_partial(out.partial);
        this->finish(op);
    }
};

} // namespace

HALIDE_REGISTER_GENERATOR(ForwardTrain<false>, forward_train)
HALIDE_REGISTER_GENERATOR(ForwardTrain<true>, forward_train_last)
HALIDE_REGISTER_GENERATOR(ForwardInference<false>, forward_inference)
HALIDE_REGISTER_GENERATOR(ForwardInference<true>, forward_inference_last)
HALIDE_REGISTER_GENERATOR(BackwardTrain<false>, backward_train)
HALIDE_REGISTER_GENERATOR(BackwardTrain<true>, backward_train_last)
HALIDE_REGISTER_GENERATOR(BackwardFrozen<false>, backward_frozen)
HALIDE_REGISTER_GENERATOR(BackwardFrozen<true>, backward_frozen_last)
