// SPDX-License-Identifier: MIT
// Which kernels run for which gradients, and that each gradient is written, added to or left alone as asked.
#include "tests/unit/run.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::unit;

namespace {

constexpr nf_gradient kRequests[] = {NF_GRADIENT_WRITE, NF_GRADIENT_ADD, NF_GRADIENT_NULL};
constexpr OperandId kGradients[] = {OperandId::dx, OperandId::dgamma, OperandId::dbeta, OperandId::dresidual};

/// Requests as letters for dx, dgamma, dbeta and dresidual: "wnaw".
nf_description with_requests(nf_description d, const std::string &letters) {
    for (size_t i = 0; i < letters.size(); ++i)
        d.*operand(kGradients[i]).gradient = letters[i] == 'w'   ? NF_GRADIENT_WRITE
                                             : letters[i] == 'a' ? NF_GRADIENT_ADD
                                                                 : NF_GRADIENT_NULL;
    return d;
}

nf_description describe(const char *op, const char *epilogue, const std::string &letters = "wwww") {
    return with_requests(parse_problem(std::string(op) + ":f32:nchw:4x6x3x5:" + epilogue).description, letters);
}

} // namespace

TEST_CASE("every combination of requests gives what was asked for and touches nothing else") {
    register_fakes();
    const char *const op = GENERATE("backward_train", "backward_frozen");
    const char *const epilogue = GENERATE("none", "relu", "add", "add_relu", "add_silu");
    const bool residual = std::string(epilogue).substr(0, 3) == "add";
    Run whole(describe(op, epilogue));
    std::map<OperandId, std::vector<double>> before;
    for (const OperandId id : kGradients) before[id] = whole.memory.values(id);
    REQUIRE(whole.execute() == NF_SUCCESS);

    for (const nf_gradient dx : kRequests)
        for (const nf_gradient dgamma : kRequests)
            for (const nf_gradient dbeta : kRequests)
                for (const nf_gradient dresidual : kRequests) {
                    nf_description d = describe(op, epilogue);
                    d.dx_gradient = dx;
                    d.dgamma_gradient = dgamma;
                    d.dbeta_gradient = dbeta;
                    d.dresidual_gradient = dresidual;
                    INFO(op << " " << epilogue << ": " << dx << dgamma << dbeta << dresidual);
                    Run run(d);
                    std::map<OperandId, std::string> bytes;
                    for (const OperandId id : kGradients) bytes[id] = run.memory.bytes_of(id);
                    REQUIRE(run.execute() == NF_SUCCESS);
                    for (const OperandId id : kGradients) {
                        INFO(operand(id).name);
                        const bool absent = id == OperandId::dresidual && !residual;
                        const nf_gradient request = d.*operand(id).gradient;
                        std::vector<double> expected = whole.memory.values(id);
                        if (request == NF_GRADIENT_ADD)
                            for (size_t i = 0; i < expected.size(); ++i) expected[i] += before[id][i];
                        if (absent || request == NF_GRADIENT_NULL)
                            REQUIRE((run.memory.bytes_of(id) == bytes[id]));
                        else
                            REQUIRE(difference(run.memory.values(id), expected) < 1e-5);
                    }
                }
}

TEST_CASE("only the kernels that are needed run, the residual's gradient first") {
    register_fakes();
    const auto [op, epilogue, requests, kernels] = GENERATE(table<const char *, const char *, const char *, const char *>({
        {"backward_train", "none", "www", "backward_train"},
        {"backward_train", "none", "wnn", "backward_train"},
        {"backward_train", "none", "wan", "backward_train"},
        {"backward_train", "none", "nww", "backward_reduce, backward_merge"},
        {"backward_train", "none", "nna", "backward_reduce, backward_merge"},
        {"backward_train", "none", "aww", "backward_reduce, backward_merge, backward_apply accumulate"},
        {"backward_train", "none", "ann", "backward_reduce, backward_apply accumulate"},
        {"backward_train", "none", "nnn", ""},
        {"backward_train", "add_relu", "wwww", "backward_residual, backward_train"},
        {"backward_train", "add_relu", "wwwa", "backward_residual accumulate, backward_train"},
        {"backward_train", "add_relu", "awwn", "backward_reduce, backward_merge, backward_apply accumulate"},
        {"backward_train", "add", "nnnw", "backward_residual"},
        {"backward_train", "relu", "wwww", "backward_train"},
        {"backward_frozen", "none", "www", "backward_frozen"},
        {"backward_frozen", "none", "wnw", "backward_frozen"},
        {"backward_frozen", "none", "wnn", "backward_apply frozen"},
        {"backward_frozen", "none", "ann", "backward_apply frozen accumulate"},
        {"backward_frozen", "none", "awn", "backward_reduce, backward_merge, backward_apply frozen accumulate"},
        {"backward_frozen", "none", "nwn", "backward_reduce, backward_merge"},
        {"backward_frozen", "add_silu", "wnnw", "backward_residual, backward_apply frozen"},
        {"backward_frozen", "none", "nnn", ""},
        {"backward_apply", "none", "wnn", "backward_apply"},
        {"backward_apply", "none", "ann", "backward_apply accumulate"},
        {"backward_apply", "none", "nww", ""},
        {"backward_residual", "add_relu", "nnnw", "backward_residual"},
        {"backward_residual", "add_silu", "nnna", "backward_residual accumulate"},
        {"backward_residual", "add_relu", "wwwn", ""},
        {"backward_merge", "none", "wna", "backward_merge"},
        {"backward_reduce", "relu", "nnn", "backward_reduce"},
    }));
    INFO(op << " " << epilogue << " " << requests);
    nf_description d = parse_problem(std::string(op) + ":f32:nchw:4x6x3x5").description;
    d.epilogue = parse_problem(std::string("forward_train:f32:nc:1x1:") + epilogue).description.epilogue;
    Run run(with_requests(d, requests));
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(runs_text() == kernels);
    if (*kernels) CHECK(nf_last_variant() == fake_runs.back());
}

TEST_CASE("where dresidual holds dz the other kernels read it, and have no activation") {
    register_fakes();
    const auto [epilogue, requests, variant] = GENERATE(table<const char *, const char *, const char *>({
        {"add", "wwww", "backward_train_f32_small_planes_none"},
        {"add_relu", "wwww", "backward_train_f32_small_planes_none"},
        {"add_relu", "wwwn", "backward_train_f32_small_planes_add_relu"}, // nobody wrote it
        {"add_relu", "wwwa", "backward_train_f32_small_planes_add_relu"}, // it holds a sum
        {"add_silu", "wwww", "backward_train_f32_small_planes_add_silu"}, // it is rounded
    }));
    INFO(epilogue << " " << requests);
    CHECK(std::string(nf_plan_variant(PlanOwner(describe("backward_train", epilogue, requests)).get())) == variant);
}

TEST_CASE("the plan is named after the kernel that writes a tensor, and describes all steps") {
    register_fakes();
    const PlanOwner adding(describe("backward_train", "add_relu", "awww"));
    CHECK(std::string(nf_plan_variant(adding.get())) == "backward_apply_f32_small_planes_none_accumulate");
    for (const char *says :
         {"step: 1 of 4, backward_residual\nvariant: backward_residual_f32_small_planes_add_relu of set fake",
          "step: 2 of 4, backward_reduce\nvariant: backward_reduce_f32", "store: cached: the step writes no tensor",
          "step: 3 of 4, backward_merge\nvariant: backward_merge_f32 of set", "step: 4 of 4, backward_apply\n"})
        CHECK_THAT(nf_plan_describe(adding.get()), Catch::Contains(says));
    const PlanOwner sums(describe("backward_train", "none", "nww"));
    CHECK(std::string(nf_plan_variant(sums.get())) == "backward_merge_f32");
    const PlanOwner residual(describe("backward_train", "add_relu", "nwww"));
    CHECK(std::string(nf_plan_variant(residual.get())) == "backward_residual_f32_small_planes_add_relu"); // not the merge
    const PlanOwner nothing(describe("backward_train", "none", "nnn"));
    CHECK(std::string(nf_plan_variant(nothing.get())).empty());
    CHECK(nf_plan_workspace_size(nothing.get()) == 0);
}

TEST_CASE("gradients that nobody asked for go to scratch and are not added to") {
    register_fakes();
    Run run(describe("backward_train", "none", "wna"));
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_add_dgamma].number == 0);
    CHECK(seen[NF_ROLE_add_dbeta].number == 1);
    CHECK(seen[NF_ROLE_dgamma].host != run.memory.tensors.dgamma.data);
    CHECK(seen[NF_ROLE_dgamma].first == std::vector<double>(6, 0));
    CHECK(seen[NF_ROLE_dbeta].host == run.memory.tensors.dbeta.data);
}

TEST_CASE("what is added to is handed to the kernel as an input too") {
    register_fakes();
    Run run(describe("backward_frozen", "none", "ann"));
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_addend].host == run.memory.tensors.dx);
    CHECK(seen[NF_ROLE_dx].host == run.memory.tensors.dx);
}

TEST_CASE("in place gives the same as out of place") {
    register_fakes();
    const auto [problem, output, input] = GENERATE(table<const char *, OperandId, OperandId>({
        {"forward_train:f32:nchw:4x6x3x5:add_relu", OperandId::y, OperandId::x},
        {"forward_inference:f32:nhwc:4x3x5x6:silu", OperandId::y, OperandId::x},
        {"apply:f32:nchw:4x6x30x50", OperandId::y, OperandId::x},
        {"apply:f32:nchw:4x6x3x5:strides=-200x30x-5x-1", OperandId::y, OperandId::x},
        {"backward_train:f32:nchw:4x6x3x5:add_relu", OperandId::dx, OperandId::dy},
        {"backward_train:f32:nchw:4x6x3x5:add_silu:strides=200x-30x5x1", OperandId::dx, OperandId::dy},
        {"backward_frozen:f32:nchw:4x6x3x5:add", OperandId::dx, OperandId::dy},
        {"backward_apply:f32:nhwc:4x3x5x6:relu", OperandId::dx, OperandId::dy},
    }));
    INFO(problem);
    Run apart(problem), in_place(problem);
    in_place.memory.alias(output, input);
    REQUIRE(apart.execute() == NF_SUCCESS);
    REQUIRE(in_place.execute() == NF_SUCCESS);
    for (size_t i = 0; i < kOperandCount; ++i) {
        const auto id = static_cast<OperandId>(i);
        if (id == input) continue;
        INFO(operand(id).name);
        CHECK((in_place.memory.values(id) == apart.memory.values(id)));
    }
}

TEST_CASE("a forced variant serves one of the steps, the others choose freely") {
    register_fakes();
    nf_description d = describe("backward_train", "none", "awn");
    d.variant = "backward_reduce_f32_small_planes_none";
    const PlanOwner plan(d);
    CHECK_THAT(
        nf_plan_describe(plan.get()),
        Catch::Contains("backward_reduce_f32_small_planes_none of set fake for " + own_target + ": forced by variant") &&
            Catch::Contains("backward_merge_f32 of set fake for " + own_target + ": the first"));
    const auto [variant, says] = GENERATE(table<const char *, const char *>({
        {"backward_train_f32_small_planes_none",
         "its op is backward_train, the problem's steps are backward_reduce, backward_merge, backward_apply; variants that "
         "do: backward_reduce_f32_small_planes_none, backward_merge_f32, backward_apply_f32_small_planes_none_accumulate"},
        {"backward_apply_f32_small_planes_none", "it does not add to what is there, the problem does"},
        {"backward_apply_f32_small_planes_none_frozen_accumulate",
         "it does take statistics as constants, the problem does not"},
        {"backward_reduce_f32_last_none", "its form is last, the problem's is small_planes"},
        {"backward_merge_f32_stats64", "it does compute in f64, the problem does not"},
    }));
    d.variant = variant;
    nf_plan *refused = nullptr;
    CHECK(nf_plan_create(&d, &refused) == NF_NO_VARIANT);
    CHECK_THAT(nf_last_error(), Catch::Contains(says));

    nf_description nothing = describe("backward_train", "none", "nnn");
    nothing.variant = "backward_train_f32_small_planes_none";
    CHECK(nf_plan_create(&nothing, &refused) == NF_NO_VARIANT);
    CHECK_THAT(nf_last_error(), Catch::Contains("the problem asks for nothing"));
}

TEST_CASE("phases with one triple give what the fused op gives") {
    register_fakes();
    const char *const epilogue = GENERATE("none", "add_relu", "add_silu");
    const std::string rest = std::string(":f32:nchw:4x6x3x5:") + epilogue;
    Run train(("forward_train" + rest).c_str()), stats("stats:f32:nchw:4x6x3x5"), merge("merge:f32:nchw:4x6x3x5"),
        apply(("apply" + rest).c_str());
    for (Run *run : {&train, &stats}) REQUIRE(run->execute() == NF_SUCCESS);
    merge.memory.set(OperandId::triples, stats.memory.values(OperandId::triples));
    REQUIRE(merge.execute() == NF_SUCCESS);
    for (const OperandId id : {OperandId::saved_mean, OperandId::saved_invstd}) {
        CHECK((merge.memory.values(id) == train.memory.values(id)));
        apply.memory.set(id, merge.memory.values(id));
    }
    for (const OperandId id : {OperandId::saved_variance, OperandId::running_mean, OperandId::running_variance})
        CHECK((merge.memory.values(id) == train.memory.values(id)));
    CHECK((merge.memory.values(OperandId::merged) == stats.memory.values(OperandId::triples)));
    REQUIRE(apply.execute() == NF_SUCCESS);
    CHECK((apply.memory.values(OperandId::y) == train.memory.values(OperandId::y)));

    Run backward(("backward_train" + rest).c_str()), reduce(("backward_reduce" + rest).c_str()),
        backward_merge("backward_merge:f32:nchw:4x6x3x5"), backward_apply(("backward_apply" + rest).c_str());
    for (Run *run : {&backward, &reduce}) REQUIRE(run->execute() == NF_SUCCESS);
    for (Run *run : {&backward_merge, &backward_apply}) {
        run->memory.set(OperandId::triples, reduce.memory.values(OperandId::triples));
        REQUIRE(run->execute() == NF_SUCCESS);
    }
    for (const OperandId id : {OperandId::dgamma, OperandId::dbeta})
        CHECK((backward_merge.memory.values(id) == backward.memory.values(id)));
    CHECK((backward_apply.memory.values(OperandId::dx) == backward.memory.values(OperandId::dx)));
}
