// SPDX-License-Identifier: MIT
// Which variant a plan takes and with which stores, why, and how it is forced.
#include "runtime/cpu_caches.h"
#include "runtime/dispatch.h"
#include "tests/unit/run.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::unit;

namespace {

// 4 MiB and 64 KiB of tensors; planes are whole cache lines.
constexpr const char *kLarge = "forward_inference:f32:nchw:2x4x256x256";
constexpr const char *kSmall = "forward_inference:f32:nchw:2x1x64x64";

nf_description describe(const char *problem) {
    return parse_problem(problem).description;
}

std::string chosen(const nf_description &description) {
    const PlanOwner plan(description);
    return nf_plan_variant(plan.get());
}

nf_status refusal(const nf_description &description) {
    nf_plan *plan = nullptr;
    const nf_status status = nf_plan_create(&description, &plan);
    nf_plan_destroy(plan);
    return status;
}

} // namespace

TEST_CASE("the first usable variant that is not for tests only is taken") {
    register_fakes();
    CHECK(chosen(describe(kSmall)) ==
          "forward_inference_f32_inner_none"); // after a foreign, a forced-only and a streaming one
    CHECK(chosen(describe("forward_inference:f32:nchw:2x3x5x5")) == "forward_inference_f32_small_planes_none");
    CHECK(chosen(describe("forward_inference:f32:nhwc:2x3x5x5")) == "forward_inference_f32_last_none");
}

TEST_CASE("a problem without a variant is refused with its words") {
    register_fakes();
    CHECK(refusal(describe("backward_frozen:f32:nchw:2x3x40x40:gelu")) == NF_NO_VARIANT);
    CHECK_THAT(nf_last_error(), Catch::Contains("backward_frozen f32 inner gelu"));
}

TEST_CASE("tensors larger than the cache are streamed, unless told otherwise") {
    register_fakes();
    nf_description d = describe("forward_inference:f32:nchw:64x64x128x128"); // 512 MiB
    d.threads = 1;
    CHECK(chosen(d) == "forward_inference_f32_inner_none_stream");
    d.store = NF_STORE_CACHED;
    CHECK(chosen(d) == "forward_inference_f32_inner_none");

    nf_description small = describe(kSmall);
    CHECK(chosen(small) == "forward_inference_f32_inner_none");
    small.store = NF_STORE_STREAM;
    CHECK(chosen(small) == "forward_inference_f32_inner_none_stream");
}

TEST_CASE("the limit of streaming is per thread, up to the last-level cache") {
    constexpr int64_t kMiB = 1 << 20;
    CHECK(stream_limit(128 * kMiB, 1) == 16 * kMiB);
    CHECK(stream_limit(128 * kMiB, 7) == 112 * kMiB);
    CHECK(stream_limit(128 * kMiB, 8) == 128 * kMiB);
    CHECK(stream_limit(128 * kMiB, 1024) == 128 * kMiB);
    CHECK(stream_limit(2 * kMiB, 1) == 2 * kMiB);
}

TEST_CASE("a plan streams above the limit, not at it") {
    register_fakes();
    const int64_t limit = stream_limit(last_level_cache_bytes(), 1);
    nf_description d = describe("forward_inference:f32:nchw:1x1x16x16");
    d.threads = 1;
    d.x.extents[2] = limit / (2 * 16 * 4); // x and y together; a plane of whole cache lines
    d.y = d.x;
    REQUIRE(limit % (2 * 16 * 4) == 0);
    CHECK(chosen(d) == "forward_inference_f32_inner_none");
    ++d.x.extents[2];
    d.y = d.x;
    CHECK(chosen(d) == "forward_inference_f32_inner_none_stream");
}

TEST_CASE("shapes that streaming stores cannot write stay cached, and the text says so") {
    register_fakes();
    const auto [problem, says] = GENERATE(table<const char *, const char *>({
        {"forward_inference:f32:nchw:2x3x33x33", "runs of whole cache lines, y's are 1089 elements"},
        {"forward_inference:f32:nchw:2x3x32x32:strides=3080x1024x32x1",
         "strides of whole cache lines, y has one of 3080 elements"},
        {"forward_inference:f32:nchw:2x3x32x32:strides=6144x1028x32x1",
         "strides of whole cache lines, y has one of 1028 elements"},
    }));
    nf_description d = describe(problem);
    d.store = NF_STORE_STREAM;
    const PlanOwner plan(d);
    CHECK(std::string(nf_plan_variant(plan.get())) == "forward_inference_f32_inner_none");
    CHECK_THAT(nf_plan_describe(plan.get()), Catch::Contains(says));
    d.variant = "forward_inference_f32_inner_none_stream";
    CHECK(refusal(d) == NF_NO_VARIANT);
    CHECK_THAT(nf_last_error(), Catch::Contains(says));
}

TEST_CASE("NORMFORGE_STORE decides where the description does not") {
    register_fakes();
    nf_description d = describe(kLarge);
    {
        const Environment stream("NORMFORGE_STORE", "stream");
        CHECK(chosen(d) == "forward_inference_f32_inner_none_stream");
        d.store = NF_STORE_CACHED;
        CHECK(chosen(d) == "forward_inference_f32_inner_none");
    }
    d.store = NF_STORE_AUTO;
    const Environment nonsense("NORMFORGE_STORE", "fast");
    CHECK(refusal(d) == NF_INVALID_ARGUMENT);
    CHECK_THAT(nf_last_error(), Catch::Contains("NORMFORGE_STORE is \"fast\", choices: auto, cached, stream"));
}

TEST_CASE("a variant is forced by the description or by NORMFORGE_FORCE") {
    register_fakes();
    nf_description d = describe(kSmall);
    const Environment force("NORMFORGE_FORCE", "forward_inference_f32_inner_none_second");
    CHECK(chosen(d) == "forward_inference_f32_inner_none_second");
    d.variant = "forward_inference_f32_inner_none_forced_only"; // the description goes first
    const PlanOwner plan(d);
    CHECK(std::string(nf_plan_variant(plan.get())) == "forward_inference_f32_inner_none_forced_only");
    CHECK_THAT(nf_plan_describe(plan.get()),
               Catch::Contains("forward_inference_f32_inner_none_forced_only of set fake for " + own_target +
                               ": forced by variant"));
}

TEST_CASE("a forced variant that cannot serve is refused with the reason and the choices") {
    register_fakes();
    nf_description d = describe(kSmall);
    const auto [variant, status, says] = GENERATE(table<const char *, nf_status, std::string>({
        {"forward_inference_f32_last_none", NF_NO_VARIANT, "its form is last, the problem's is inner"},
        {"forward_inference_f32_inner_none_foreign", NF_NO_VARIANT, "this machine cannot run target " + foreign_target},
        {"forward_train_f32_last_relu", NF_NO_VARIANT, "its op is forward_train"},
        {"none_such", NF_UNKNOWN_VARIANT,
         "variants that serve this problem: forward_inference_f32_inner_none_forced_only, "
         "forward_inference_f32_inner_none_stream, forward_inference_f32_inner_none, "
         "forward_inference_f32_inner_none_second"},
    }));
    d.variant = variant;
    CHECK(refusal(d) == status);
    CHECK_THAT(nf_last_error(), Catch::Contains(says));
    d.variant = nullptr;
    const Environment force("NORMFORGE_FORCE", variant);
    CHECK(refusal(d) == status);
    CHECK_THAT(nf_last_error(), Catch::Contains("NORMFORGE_FORCE \"") && Catch::Contains(says));
}

TEST_CASE("what is forced on an empty batch is checked like any other") {
    register_fakes();
    nf_description d = describe("forward_inference:f32:nchw:0x3x40x40");
    for (const char *fits : {"forward_inference_f32_inner_none", "forward_inference_f32_last_none",
                             "forward_inference_f32_inner_none_stream"}) { // it has no form of its own
        d.variant = fits;
        CHECK(chosen(d).empty());
    }
    d.variant = "none_such";
    CHECK(refusal(d) == NF_UNKNOWN_VARIANT);
    CHECK_THAT(nf_last_error(), Catch::Contains("variant \"none_such\" is not registered"));
    d.variant = "forward_train_f32_last_relu";
    CHECK(refusal(d) == NF_NO_VARIANT);
    d.variant = nullptr;
    {
        const Environment force("NORMFORGE_FORCE", "none_such");
        CHECK(refusal(d) == NF_UNKNOWN_VARIANT);
    }
    const Environment store("NORMFORGE_STORE", "fast");
    CHECK(refusal(d) == NF_INVALID_ARGUMENT);
}

TEST_CASE("NORMFORGE_STORE must make sense also where a variant is forced") {
    register_fakes();
    nf_description d = describe(kSmall);
    d.variant = "forward_inference_f32_inner_none";
    const Environment store("NORMFORGE_STORE", "fast");
    CHECK(refusal(d) == NF_INVALID_ARGUMENT);
}

TEST_CASE("the description of a plan tells what was decided") {
    register_fakes();
    nf_description d = describe("forward_inference:f32:nchw:64x64x128x128");
    d.threads = 3;
    const PlanOwner plan(d);
    for (const std::string &says : std::vector<std::string>{
             "problem: forward_inference:f32:nchw:64x64x128x128\n", "form inner, n 64, c 64, s 16384",
             "x 1048576, 16384, 1; y 1048576, 16384, 1",
             "variant: forward_inference_f32_inner_none_stream of set fake for " + own_target + " with unroll=2",
             "store: stream: 536870912 bytes touched exceed", "unaligned: forward_inference_f32_inner_none of set fake",
             "threads: at most 3\n", "workspace: "})
        CHECK_THAT(nf_plan_describe(plan.get()), Catch::Contains(says));
    const PlanOwner small(describe("forward_inference:f32:nchw:5x32x7x7"));
    CHECK_THAT(nf_plan_describe(small.get()), Catch::Contains("group: 32 channels, runs of 1568 elements") &&
                                                  Catch::Contains("threads: 1: 62720 bytes touched are fewer than"));
}

TEST_CASE("a kernel specialised for a shape runs that shape, and decides the store policy") {
    register_fakes();
    const auto [problem, kernel, store] = GENERATE(table<const char *, const char *, const char *>({
        {"forward_inference:f32:nchw:2x4x40x40", "forward_inference_f32_inner_none_stream_n2_c4_s1600", "stream"},
        {"forward_inference:f32:nchw:64x64x120x120", "forward_inference_f32_inner_none_n64_c64_s14400", "cached"},
        {"forward_inference:f32:nchw:5x32x8x8", "forward_inference_f32_small_planes_none_n5_c32_s64", "cached"},
        {"forward_inference:f32:nhwc:2x40x40x16", "forward_inference_f32_last_none_n3200_c16_s1", "cached"},
        {"forward_inference:f32:nchw:2x4x40x40:none:strides=12800x3200x80x2", "forward_inference_f32_inner_none",
         ""}, // planes with gaps: another shape
        {"forward_inference:f32:nchw:2x4x40x40:none:strides=12800x3200x40x1",
         "forward_inference_f32_inner_none_stream_n2_c4_s1600", "stream"},
    }));
    INFO(problem);
    nf_description d = describe(problem);
    d.threads = 1;
    const PlanOwner plan(d);
    CHECK(std::string(nf_plan_variant(plan.get())) == kernel);
    if (*store)
        CHECK_THAT(
            nf_plan_describe(plan.get()),
            Catch::Contains(std::string(kernel) + " of set fake for " + own_target + " with unroll=8 (tuned): ") &&
                Catch::Contains(std::string("store: ") + store + ": the policy of the kernel specialised for this shape"));
}

TEST_CASE("behind a streaming kernel for one shape there is a cached one for misaligned outputs") {
    register_fakes();
    const PlanOwner plan(describe("forward_inference:f32:nchw:2x4x40x40"));
    CHECK_THAT(nf_plan_describe(plan.get()), Catch::Contains("unaligned: forward_inference_f32_inner_none of set fake"));
}

TEST_CASE("the caller's store policy goes before that of a kernel for one shape") {
    register_fakes();
    nf_description d = describe("forward_inference:f32:nchw:2x4x40x40");
    d.store = NF_STORE_CACHED;
    CHECK(chosen(d) == "forward_inference_f32_inner_none");
    d = describe("forward_inference:f32:nchw:64x64x120x120");
    d.store = NF_STORE_STREAM;
    CHECK(chosen(d) == "forward_inference_f32_inner_none_stream");
    d.store = NF_STORE_AUTO;
    const Environment stream("NORMFORGE_STORE", "stream");
    CHECK(chosen(d) == "forward_inference_f32_inner_none_stream");
}

TEST_CASE("a kernel for one shape is refused for any other, and for pieces of its own") {
    register_fakes();
    nf_description d = describe("forward_inference:f32:nchw:2x5x40x40");
    CHECK(chosen(d) == "forward_inference_f32_inner_none");
    d.variant = "forward_inference_f32_inner_none_stream_n2_c4_s1600";
    CHECK(refusal(d) == NF_NO_VARIANT);
    CHECK_THAT(nf_last_error(), Catch::Contains("it is for shape n=2 c=4 s=1600, the problem's is n=2 c=5 s=1600"));

    d = describe("forward_inference:f32:nchw:2x4x40x40");
    d.variant = "forward_inference_f32_inner_none_stream_n2_c4_s1600";
    CHECK(chosen(d) == d.variant);
    const Environment pieces("NORMFORGE_PIECE", "6400"); // two boxes of n = 1
    CHECK(refusal(d) == NF_NO_VARIANT);
    CHECK_THAT(nf_last_error(), Catch::Contains("it is for shape n=2 c=4 s=1600, the problem runs in pieces"));
    d.variant = nullptr;
    CHECK(chosen(d) == "forward_inference_f32_inner_none");
    const Environment same_box("NORMFORGE_PIECE", "12800"); // one box
    CHECK(chosen(d) == "forward_inference_f32_inner_none_stream_n2_c4_s1600");
}

TEST_CASE("steps that write no tensor are specialised, too") {
    register_fakes();
    CHECK(chosen(describe("stats:f32:nchw:2x4x40x40")) == "stats_f32_inner_n2_c4_s1600");
    CHECK(chosen(describe("stats:f32:nchw:2x4x40x41")) == "stats_f32_inner");
}

TEST_CASE("what is listed of a kernel tells where its parameters come from") {
    register_fakes();
    nf_variant first{};
    first.struct_size = sizeof first;
    REQUIRE(nf_variant_at(0, &first) == NF_SUCCESS);
    CHECK(std::string(first.parameters) == "unroll=8");
    CHECK(std::string(first.origin) == "tuned");
    REQUIRE(nf_variant_at(nf_variant_count() - 1, &first) == NF_SUCCESS);
    CHECK(std::string(first.origin) == "default");
}
