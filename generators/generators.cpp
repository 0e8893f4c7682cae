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
        this->inputs({"x"}, {"gamma", "beta"});
        eps = this->template add_input<double>("eps");
        momentum = this->template add_input<double>("momentum");
        this->chunks_input();
        std::vector<std::string> channels = {"mean", "variance", "invstd", "running_mean", "running_variance"};
        if (last) channels.emplace_back("scale");
        this->outputs(channels, "y");
    }
    void generate() {
        ForwardInputs in = {
            this->image("x"),        this->func("gamma"), this->func("beta"),        *eps, this->value(this->plane),
            this->chosen_epilogue(), *momentum,           this->value(this->chunks), {},   {}};
        ForwardOutputs out;
        Pipeline op = forward_train(this->form, in, out);
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
    Halide::GeneratorInput<double> *eps, *momentum;
};

template <bool last>
class ForwardInference : public OpGenerator<ForwardInference<last>, last> {
public:
    void configure() {
        this->inputs({"x"}, {"gamma", "beta", "mean", "variance"});
        eps = this->template add_input<double>("eps");
        this->outputs(last ? std::vector<std::string>{"invstd", "scale"} : std::vector<std::string>{"invstd"}, "y");
    }
    void generate() {
        ForwardInputs in = {this->image("x"),
                            this->func("gamma"),
                            this->func("beta"),
                            *eps,
                            this->value(this->plane),
                            this->chosen_epilogue(),
                            {},
                            {},
                            this->func("mean"),
                            this->func("variance")};
        ForwardOutputs out;
        Pipeline op = forward_inference(this->form, in, out);
        this->assign({{"invstd", out.invstd}, {"scale", out.scale}, {"y", out.y}});
        this->finish(op);
    }

private:
    Halide::GeneratorInput<double> *eps;
};

template <bool last>
class BackwardTrain : public OpGenerator<BackwardTrain<last>, last>, public PartialOutput<last> {
public:
    void configure() {
        this->inputs({"x", "dy"}, {"gamma", "beta", "mean", "invstd"});
        this->chunks_input();
        std::vector<std::string> channels = {"dgamma", "dbeta"};
        if (last) channels.insert(channels.end(), {"scale", "mean_dz", "slope_dz"});
        this->outputs(channels, "dx");
    }
    void generate() {
        BackwardInputs in = {this->image("x"),
                             this->image("dy"),
                             this->func("gamma"),
                             this->func("beta"),
                             this->func("mean"),
                             this->func("invstd"),
                             {},
                             {},
                             this->value(this->plane),
                             this->value(this->chunks),
                             this->chosen_epilogue()};
        BackwardOutputs out;
        Pipeline op = backward_train(this->form, in, out);
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
        this->inputs({"x", "dy"}, {"gamma", "beta", "mean", "variance"});
        eps = this->template add_input<double>("eps");
        this->chunks_input();
        std::vector<std::string> channels = {"invstd", "dgamma", "dbeta"};
        if (last) channels.emplace_back("scale");
        this->outputs(channels, "dx");
    }
    void generate() {
        BackwardInputs in = {this->image("x"),         this->image("dy"),
                             this->func("gamma"),      this->func("beta"),
                             this->func("mean"),       {},
                             this->func("variance"),   *eps,
                             this->value(this->plane), this->value(this->chunks),
                             this->chosen_epilogue()};
        BackwardOutputs out;
        Pipeline op = backward_frozen(this->form, in, out);
        this->assign(
            {{"invstd", out.invstd}, {"dgamma", out.dgamma}, {"dbeta", out.dbeta}, {"scale", out.scale}, {"dx", out.dx}});
        this->assign_partial(out.partial);
        this->finish(op);
    }

private:
    Halide::GeneratorInput<double> *eps;
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
