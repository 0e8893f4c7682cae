// SPDX-License-Identifier: MIT
// The generators stats, merge and backward_merge: phases that write no tensor and know no epilogue.
#include "generators/algorithm/merge.h"
#include "generators/algorithm/statistics.h"
#include "generators/op_generator.h"

namespace {

using namespace normforge;

template <bool last>
class Stats : public ReducingGenerator<Stats<last>, last> {
public:
    void configure() {
        this->tensor_inputs({"x"});
        this->form_scalars();
        this->chunks_input();
        this->outputs({"triple_0", "triple_1", "triple_2"}, Halide::Float(64));
    }
    void generate() {
        StatsOutputs out;
        Pipeline op = stats(this->op_inputs(), out);
        this->assign({{"triple_0", out.triple.first}, {"triple_1", out.triple.second}, {"triple_2", out.triple.third}});
        this->assign_partial(out.partial);
        this->finish(op);
    }
};

/// What merge and backward_merge share: triples in, a triple out.
template <typename Derived>
class MergeGenerator : public TypedGenerator<Derived> {
protected:
    Halide::GeneratorInput<Halide::Buffer<double, 3>> triples{"triples"};

    void outputs(const std::vector<std::string> &names, Halide::Type type) {
        for (const std::string &name : names) outputs_[name] = this->template add_output<Halide::Buffer<>>(name, type, 1);
    }
    void merged_outputs() { outputs({"merged_0", "merged_1", "merged_2"}, Halide::Float(64)); }

    void finish(ChannelPipeline &op, const Triple &merged, std::map<std::string, Halide::Func> definitions) {
        definitions["merged_0"] = merged.first;
        definitions["merged_1"] = merged.second;
        definitions["merged_2"] = merged.third;
        triples.dim(0).set_min(0);
        triples.dim(1).set_bounds(0, 3);
        triples.dim(2).set_min(0);
        for (auto &[name, output] : outputs_) {
            *output = definitions.at(name);
            Halide::Func(*output).output_buffer().dim(0).set_bounds(0, triples.dim(0).extent());
        }
        if (this->on_gpu())
            schedule_gpu_channels(op);
        else
            schedule_channels(op);
    }

private:
    std::map<std::string, typename TypedGenerator<Derived>::BufferOutput *> outputs_;
};

class Merge : public MergeGenerator<Merge> {
public:
    void configure() {
        number_input("eps");
        number_input("momentum");
        integer_input("unbiased");
        outputs({"mean", "variance", "invstd", "running_mean", "running_variance"}, arithmetic().statistic);
        merged_outputs();
    }
    void generate() {
        SavedStatistics saved;
        Triple merged;
        RunningUpdate update = {scalar("momentum"), scalar("unbiased")};
        ChannelPipeline op = merge_statistics(triples, arithmetic().statistic, scalar("eps"), update, saved, merged);
        finish(op, merged,
               {{"mean", saved.mean},
                {"variance", saved.variance},
                {"invstd", saved.invstd},
                {"running_mean", saved.running_mean},
                {"running_variance", saved.running_variance}});
    }
};

class BackwardMerge : public MergeGenerator<BackwardMerge> {
public:
    void configure() {
        deviation = add_input<Halide::Buffer<>>("deviation", arithmetic().statistic, 1);
        number_input("eps");
        for (const char *name : {"inverted", "add_dgamma", "add_dbeta"}) integer_input(name);
        outputs({"dgamma", "dbeta"}, arithmetic().parameter);
        merged_outputs();
    }
    void generate() {
        GivenStatistics given = {{}, *deviation, scalar("inverted")};
        ParameterGradients gradients;
        Triple merged;
        ChannelPipeline op = merge_gradients(triples, arithmetic().parameter, given, scalar("eps"),
                                             {scalar("add_dgamma"), scalar("add_dbeta")}, gradients, merged);
        finish(op, merged, {{"dgamma", gradients.dgamma}, {"dbeta", gradients.dbeta}});
    }

private:
    BufferInput *deviation;
};

} // namespace

HALIDE_REGISTER_GENERATOR(Stats<false>, stats)
HALIDE_REGISTER_GENERATOR(Stats<true>, stats_last)
HALIDE_REGISTER_GENERATOR(Merge, merge)
HALIDE_REGISTER_GENERATOR(BackwardMerge, backward_merge)
