// SPDX-License-Identifier: MIT
// The operand table in action: what each op writes, what may be absent, shared or nonsense.
#include "runtime/names.h"
#include "runtime/ops.h"
#include "tests/unit/run.h"
#include <algorithm>
#include <cstring>

using namespace normforge;
using namespace normforge::unit;

namespace {

nf_description describe(nf_op op, nf_epilogue epilogue) {
    nf_description d = parse_problem("backward_train:f32:nchw:2x3x5x4").description;
    d.op = op;
    d.epilogue = epilogue;
    d.parts = 2;
    return d;
}

void set_raw(void *field, int value) {
    std::memcpy(field, &value, sizeof value);
}

} // namespace

TEST_CASE("every op writes its outputs and nothing else, and optional operands may be absent") {
    register_fakes();
    const nf_op op = GENERATE(from_range(values_of<nf_op>()));
    const nf_epilogue epilogue =
        GENERATE(NF_EPILOGUE_NONE, NF_EPILOGUE_RELU, NF_EPILOGUE_ADD, NF_EPILOGUE_ADD_RELU, NF_EPILOGUE_ADD_SILU);
    if (op == NF_BACKWARD_RESIDUAL && !adds_residual(epilogue)) return;
    INFO(name_of(op) << " " << name_of(epilogue));
    const nf_description d = describe(op, epilogue);
    Run run(d);
    std::vector<std::string> before;
    for (size_t i = 0; i < kOperandCount; ++i) before.push_back(run.memory.bytes_of(static_cast<OperandId>(i)));
    REQUIRE(run.execute() == NF_SUCCESS);
    nf_description checked = d; // an op that knows no epilogue has none
    if (!has_epilogue(op)) checked.epilogue = NF_EPILOGUE_NONE;
    for (size_t i = 0; i < kOperandCount; ++i) {
        INFO(kOperands[i].name);
        const bool written = use_of(kOperands[i], checked) & kWrite;
        CHECK((run.memory.bytes_of(static_cast<OperandId>(i)) != before[i]) == written);
    }

    nf_tensors &tensors = run.memory.tensors;
    for (const Operand &operand : kOperands)
        if (const uint8_t use = use_of(operand, checked); use == kUnused || use & kOptional)
            std::memset(reinterpret_cast<char *>(&tensors) + operand.offset, 0, sizeof(void *));
    CHECK(run.execute() == NF_SUCCESS);
}

TEST_CASE("the conditions of the operand table are those of normforge.h") {
    const auto used = [](OperandId id, nf_op op, nf_epilogue epilogue) {
        return use_of(operand(id), describe(op, epilogue)) != kUnused;
    };
    for (const nf_op op :
         {NF_BACKWARD_TRAIN, NF_BACKWARD_FROZEN, NF_BACKWARD_REDUCE, NF_BACKWARD_APPLY, NF_BACKWARD_RESIDUAL})
        for (const nf_epilogue f : values_of<nf_epilogue>()) {
            INFO(name_of(op) << " " << name_of(f));
            const bool clipped = f == NF_EPILOGUE_ADD_RELU || f == NF_EPILOGUE_ADD_LEAKY_RELU || f == NF_EPILOGUE_ADD_RELU6;
            const bool recomputed = f > NF_EPILOGUE_ADD && !clipped;
            CHECK(used(OperandId::y, op, f) == clipped);
            CHECK(used(OperandId::residual, op, f) == recomputed);
            if (op == NF_BACKWARD_RESIDUAL)
                for (const OperandId id :
                     {OperandId::x, OperandId::gamma, OperandId::beta, OperandId::saved_mean, OperandId::saved_invstd})
                    CHECK(used(id, op, f) == recomputed);
        }
}

TEST_CASE("outputs in the gaps of another operand overlap it, and the text says by what measure") {
    register_fakes();
    // The first 3 of a buffer's 6 channels.
    nf_description d = parse_problem("backward_train:f32:nchw:2x3x5x4:none:strides=120x20x4x1").description;
    Run run(d);
    alignas(64) float buffer[240] = {};
    run.memory.tensors.x = buffer;
    run.memory.tensors.dx = buffer + 60;
    CHECK(run.execute() == NF_OVERLAP);
    CHECK_THAT(nf_last_error(), Catch::Contains("dx overlaps x, each taken from its first to its last byte"));
}

TEST_CASE("in place takes the same strides") {
    register_fakes();
    nf_description d = parse_problem("forward_inference:f32:nchw:2x3x5x4").description;
    d.y = d.x;
    const int64_t strides[] = {60, 1, 12, 3};
    std::copy_n(strides, 4, d.y.strides);
    Run run(d);
    run.memory.tensors.y = const_cast<void *>(run.memory.tensors.x);
    CHECK(run.execute() == NF_OVERLAP);
    CHECK_THAT(nf_last_error(), Catch::Contains("y may be x") && Catch::Contains("with the same strides"));
    const int64_t as_x[] = {60, 20, 4, 1}; // the same, in other words
    std::copy_n(as_x, 4, d.y.strides);
    Run same(d);
    same.memory.tensors.y = const_cast<void *>(same.memory.tensors.x);
    CHECK(same.execute() == NF_SUCCESS);
}

TEST_CASE("what lies before a pointer counts where strides are negative") {
    register_fakes();
    Run run("forward_inference:f32:nchw:2x3x5x4:none:strides=-60x20x4x1");
    alignas(64) float buffer[240] = {};
    run.memory.tensors.x = buffer + 60;  // elements 0 to 119
    run.memory.tensors.y = buffer + 180; // elements 120 to 239
    CHECK(run.execute() == NF_SUCCESS);
    run.memory.tensors.y = buffer + 179;
    CHECK(run.execute() == NF_OVERLAP);
}

TEST_CASE("inputs may share memory with each other") {
    register_fakes();
    Run run("backward_train:f32:nchw:2x3x5x4:add_relu:grad=wwwn");
    nf_tensors &t = run.memory.tensors;
    t.dy = t.y = const_cast<void *>(t.x);
    t.saved_invstd = t.saved_mean;
    t.beta = t.gamma;
    CHECK(run.execute() == NF_SUCCESS);
}

TEST_CASE("fields and operands that an op has no use for may hold anything") {
    register_fakes();
    nf_description d = parse_problem("backward_train:f32:nchw:2x3x5x4").description;
    d.y.rank = 77;
    set_raw(&d.y.dtype, 5);
    d.momentum = d.slope = -1;
    d.eps = -1;
    d.parts = 0;
    for (void *field : {static_cast<void *>(&d.running_variance), static_cast<void *>(&d.average),
                        static_cast<void *>(&d.dresidual_gradient)})
        set_raw(field, 99);
    Run run(d);
    run.memory.tensors.y = static_cast<unsigned char *>(const_cast<void *>(run.memory.tensors.x)) + 1;
    run.memory.tensors.running_mean = {run.memory.tensors.dx, -7};
    run.memory.tensors.batches_averaged = -1;
    CHECK(run.execute() == NF_SUCCESS);

    d = parse_problem("stats:f32:nchw:2x3x5x4").description;
    for (void *field : {static_cast<void *>(&d.epilogue), static_cast<void *>(&d.parameters),
                        static_cast<void *>(&d.dx_gradient), static_cast<void *>(&d.dgamma_gradient)})
        set_raw(field, 99);
    CHECK(Run(d).execute() == NF_SUCCESS);

    // Where x is no operand only its type and extents count.
    for (const char *problem : {"merge:f32:nchw:2x3x5x4", "backward_residual:f32:nchw:2x3x5x4:add_relu"}) {
        d = parse_problem(problem).description;
        d.x.strides[2] = 7;
        CHECK(Run(d).execute() == NF_SUCCESS);
    }
}
