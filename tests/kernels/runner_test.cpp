// SPDX-License-Identifier: MIT
// The runner notices every way in which a kernel, or the library, may break the contract around a call: a hand-written
// kernel does what it should first, and then one wrong thing at a time.
#include "runtime/cpu_features.h"
#include "runtime/plan.h" // for halide_buffer_t
#include "runtime/symbol.h"
#include "tests/support/compare.h"
#include "tests/support/runner.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::testing;

namespace {

enum class Misdeed { none, other_name, skips_last, writes_gap, writes_input, writes_before };

Misdeed misdeed = Misdeed::none;

/// The symbol of a kernel for this machine.
std::string symbol(const char *tag) {
    return format_symbol(
        {NF_FORWARD_INFERENCE, NF_F32, NF_FORM_LAST, NF_EPILOGUE_NONE, NF_STORE_CACHED, cpu_architecture(), tag});
}

const std::string kName = symbol("fake"), kOtherName = symbol("false");
char reported_name[128];

void report(const std::string &name) {
    name.copy(reported_name, name.size());
    reported_name[name.size()] = '\0';
}

float *element(const halide_buffer_t &buffer, int channel, int row) {
    return reinterpret_cast<float *>(buffer.host) + int64_t{row} * buffer.dim[1].stride + channel;
}

/// y = 1, and the misdeed.
int run_fake(void **arguments) {
    const auto &x = *static_cast<halide_buffer_t *>(arguments[0]), &y = *static_cast<halide_buffer_t *>(arguments[1]);
    const int channels = y.dim[0].extent, rows = y.dim[1].extent;
    for (int row = 0; row < rows; ++row) {
        for (int channel = 0; channel < channels; ++channel) {
            const bool last = row == rows - 1 && channel == channels - 1;
            if (!(last && misdeed == Misdeed::skips_last)) *element(y, channel, row) = 1;
        }
    }
    if (misdeed == Misdeed::writes_gap) *element(y, channels, 0) = 1;
    if (misdeed == Misdeed::writes_before) *element(y, -1, 0) = 1; // y ends at a page, in front of it is room
    if (misdeed == Misdeed::writes_input) *element(x, 0, 0) += 1;
    if (misdeed == Misdeed::other_name) report(kOtherName);
    return 0;
}

constexpr uint8_t kRoles[] = {NF_ROLE_x, NF_ROLE_y};
nf_kernel fake_kernel() {
    nf_kernel kernel{};
    kernel.name = reported_name;
    kernel.target = cpu_architecture();
    kernel.parameters = "";
    kernel.op = NF_FORWARD_INFERENCE;
    kernel.dtype = NF_F32;
    kernel.form = NF_FORM_LAST;
    kernel.epilogue = NF_EPILOGUE_NONE;
    kernel.store = NF_STORE_CACHED;
    kernel.channel_step = 1;
    kernel.role_count = sizeof kRoles;
    kernel.roles = kRoles;
    kernel.run = &run_fake;
    return kernel;
}
const nf_kernel kKernel = fake_kernel();
const nf_kernel_host *host = nullptr;
const nf_kernel_table kTable = {NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "fake", &kKernel, 1, &host};

/// What run() says about the fake with a misdeed, "" if it is content. Rows of 5 elements lie 8 apart.
std::string verdict(Misdeed chosen) {
    misdeed = chosen;
    report(kName);
    REQUIRE(nf_register(&kTable) == NF_SUCCESS);
    const Problem problem = parse_problem("forward_inference:f32:nc:4x5:strides=8x1");
    const Inputs inputs = make_inputs(problem.description, {});
    try {
        run(problem, inputs, {kName, 1, Edge::end});
    } catch (const RunFailure &failure) {
        return failure.what();
    }
    return "";
}

} // namespace

TEST_CASE("A kernel that does what it should passes the runner") {
    CHECK(verdict(Misdeed::none).empty());
}

TEST_CASE("The runner notices that another variant ran than the forced one") {
    CHECK(verdict(Misdeed::other_name) == "forced " + kName + " but " + kOtherName + " ran");
}

TEST_CASE("The runner notices an element left out") {
    CHECK(verdict(Misdeed::skips_last) == "y[19] was not written");
}

TEST_CASE("The runner notices writes where nothing may be written") {
    CHECK(verdict(Misdeed::writes_gap) == "memory of or around y was changed");
    CHECK(verdict(Misdeed::writes_before) == "memory of or around y was changed");
    CHECK(verdict(Misdeed::writes_input) == "memory of or around x was changed");
}

TEST_CASE("An empty batch runs no variant, and only the outputs it has are compared") {
    verdict(Misdeed::none); // a variant ran on this thread before
    const Problem problem = parse_problem("forward_train:f32:nchw:0x3x4x4");
    const Inputs inputs = make_inputs(problem.description, {});
    const Results results = run(problem, inputs, {});
    CHECK(results.variant.empty());
    for (const Variant &variant : registered_variants()) CHECK_FALSE(fits(variant.parts, problem));
    const Comparison comparison = compare(problem, inputs, results);
    CHECK(comparison.within_bounds());
    CHECK(to_string(comparison) == "running_mean 0 of 2 at 0, running_variance 0 of 2 at 0");
}

TEST_CASE("A gradient that nobody asks for must be left alone") {
    const Problem problem = parse_problem("backward_train:f32:nchw:0x3x4x4:grad=wna");
    const Inputs inputs = make_inputs(problem.description, {});
    const Results results = run(problem, inputs, {}); // throws if dgamma was touched
    CHECK(results[Output::dgamma].empty());
    CHECK(results[Output::dbeta] == inputs.dbeta);
}
