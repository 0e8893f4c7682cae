// SPDX-License-Identifier: MIT
// Any axis, rank and strides to (n, c, s), and the form that tensors share.
#include "runtime/canonical.h"
#include "runtime/dispatch.h"
#include "runtime/partition.h"
#include "runtime/problem.h"
#include <catch2/catch.hpp>
#include <numeric>
#include <set>

using namespace normforge;

namespace {

Tensor tensor(const char *problem) {
    const nf_description d = parse_problem(problem).description;
    Tensor result{"x", d.x, {}};
    REQUIRE_FALSE(resolve_layout(result, nullptr).failed());
    REQUIRE_FALSE(canonicalise(result, d.axis < 0 ? d.axis + d.x.rank : d.axis).failed());
    return result;
}

std::string text_of(nf_form form, const Canonical &t) {
    const char *const forms[] = {"inner", "small_planes", "last"};
    return std::string(forms[form]) + " " + std::to_string(t.n) + "x" + std::to_string(t.c) + "x" + std::to_string(t.s) +
           " " + std::to_string(t.stride_n) + "," + std::to_string(t.stride_c) + "," + std::to_string(t.stride_s) +
           (t.origin ? " origin " + std::to_string(t.origin) : "") +
           (t.outer > 1 ? " outer " + std::to_string(t.outer) + " " + std::to_string(t.stride_outer) : "");
}

} // namespace

TEST_CASE("shapes and strides give one canonical form") {
    const auto [problem, expected] = GENERATE(table<const char *, const char *>({
        {"forward_train:f32:nchw:2x3x20x30", "inner 2x3x600 1800,600,1"},
        {"forward_train:f32:nchw:2x3x4x5", "small_planes 2x3x20 60,20,1"},
        {"forward_train:f32:nchw:5x3x16x16", "small_planes 5x3x256 768,256,1"},
        {"forward_train:f32:nchw:4x3x8x8", "small_planes 4x3x64 192,64,1"},
        {"forward_train:f32:nchw:4x3x5x13", "inner 4x3x65 195,65,1"},
        {"forward_train:f32:nchw:5x3x5x13", "small_planes 5x3x65 195,65,1"},
        {"forward_train:f32:nchw:1x3x4x4", "small_planes 1x3x16 0,16,1"},
        {"forward_train:f32:nchw:2x3x1x257", "inner 2x3x257 771,257,1"},
        {"forward_train:f32:nhwc:2x4x5x3", "last 40x3x1 3,1,0"},
        {"forward_train:f32:nc:7x3", "last 7x3x1 3,1,0"},
        {"forward_train:f32:ncw:7x3x1", "last 7x3x1 3,1,0"},
        {"forward_train:f32:any:5:axis=0", "last 1x5x1 0,1,0"},
        {"forward_train:f32:any:3x8:axis=0", "small_planes 1x3x8 0,8,1"},
        {"forward_train:f32:any:2x3x4x5x6:axis=2", "small_planes 6x4x30 120,30,1"},
        {"forward_train:f32:any:2x3x4x5x6:axis=-1", "last 120x6x1 6,1,0"},
        // NCHW extents over NHWC memory
        {"forward_train:f32:nchw:2x3x4x5:strides=60x1x15x3", "last 40x3x1 3,1,0"},
        // planes or rows with a gap after them
        {"forward_train:f32:nchw:2x3x4x5:strides=100x30x5x1", "inner 2x3x20 100,30,1"},
        {"forward_train:f32:nchw:2x3x4x5:strides=100x20x5x1", "small_planes 2x3x20 100,20,1"},
        {"forward_train:f32:nhwc:2x4x5x3:strides=80x20x4x1", "last 40x3x1 4,1,0"},
        // axes of extent 1 never constrain
        {"forward_train:f32:nchw:1x3x4x5:strides=7x20x5x1", "inner 1x3x20 0,20,1"},
        {"forward_train:f32:nchw:2x1x4x5:strides=20x7x5x1", "small_planes 2x1x20 20,0,1"},
        {"forward_train:f32:nchw:2x3x1x5:strides=15x5x99x1", "small_planes 2x3x5 15,5,1"},
        {"forward_train:f32:nc:1x1:strides=9x9", "last 1x1x1 0,1,0"},
        {"forward_train:f32:ncw:4x1x5:strides=10x3x2", "last 20x1x1 2,1,0"},
        // channels that are not contiguous, one element each
        {"forward_train:f32:nc:4x3:strides=1x4", "inner 4x3x1 1,4,1"},
    }));
    INFO(problem);
    std::vector<Tensor> tensors{tensor(problem)};
    const nf_form form = choose_form(tensors);
    CHECK(text_of(form, tensors.front().canonical) == expected);
}

TEST_CASE("strides without a contiguous axis, and reversed ones, have a form too") {
    const auto [problem, expected] = GENERATE(table<const char *, const char *>({
        // backwards in n, c: as they are; in s: from the other end
        {"forward_train:f32:nchw:2x3x20x30:strides=-1800x600x30x1", "inner 2x3x600 -1800,600,1"},
        {"forward_train:f32:nchw:2x3x4x5:strides=-60x20x5x1", "small_planes 2x3x20 -60,20,1"},
        {"forward_train:f32:nchw:2x3x4x5:strides=60x-20x5x1", "inner 2x3x20 60,-20,1"},
        {"forward_train:f32:nchw:2x3x4x5:strides=60x20x-5x-1", "small_planes 2x3x20 60,20,1 origin -19"},
        {"forward_train:f32:nchw:2x3x4x5:strides=-60x-20x-5x-1", "inner 2x3x20 -60,-20,1 origin -19"},
        {"forward_train:f32:nhwc:2x4x5x3:strides=-60x-15x-3x1", "last 40x3x1 -3,1,0"},
        {"forward_train:f32:nhwc:2x4x5x3:strides=60x15x3x-1", "inner 40x3x1 3,-1,1"},
        // rows that do not merge: the shorter axis is outer
        {"forward_train:f32:nchw:2x3x4x5:strides=80x1x15x3", "last 20x3x1 3,1,0 outer 2 80"},
        {"forward_train:f32:nchw:30x3x4x5:strides=80x1x15x3", "last 30x3x1 80,1,0 outer 20 3"},
        // no contiguous axis
        {"forward_train:f32:nchw:2x3x4x5:strides=120x40x10x2", "inner 20x3x1 2,40,1 outer 2 120"},
        {"forward_train:f32:nhwc:2x4x5x3:strides=120x30x6x2", "inner 40x3x1 6,2,1"},
        {"forward_train:f32:nchw:30x3x4x5:strides=120x40x10x2", "inner 30x3x1 120,40,1 outer 20 2"},
    }));
    INFO(problem);
    std::vector<Tensor> tensors{tensor(problem)};
    const nf_form form = choose_form(tensors);
    CHECK(text_of(form, tensors.front().canonical) == expected);
}

TEST_CASE("all tensors share a form") {
    std::vector<Tensor> inner{tensor("forward_train:f32:nchw:2x3x4x5"),
                              tensor("forward_train:f32:nchw:2x3x4x5:strides=100x30x5x1")};
    CHECK(choose_form(inner) == NF_FORM_INNER);
    std::vector<Tensor> mixed{tensor("forward_train:f32:nchw:2x3x4x5"),
                              tensor("forward_train:f32:nchw:2x3x4x5:strides=60x1x15x3")};
    CHECK(choose_form(mixed) == NF_FORM_INNER);
    CHECK(text_of(NF_FORM_INNER, mixed[0].canonical) == "inner 20x3x1 1,20,1 outer 2 60");
    CHECK(text_of(NF_FORM_INNER, mixed[1].canonical) == "inner 20x3x1 3,1,1 outer 2 60");
    std::vector<Tensor> reversed{tensor("forward_train:f32:nchw:2x3x4x5"),
                                 tensor("forward_train:f32:nchw:2x3x4x5:strides=60x20x-5x-1")};
    CHECK(choose_form(reversed) == NF_FORM_INNER);
    CHECK(text_of(NF_FORM_INNER, reversed[1].canonical) == "inner 20x3x1 -1,20,1 outer 2 60");
}

TEST_CASE("axes that do not merge are named") {
    const auto [problem, says] = GENERATE(table<const char *, const char *>({
        {"forward_train:f32:nchw:2x3x4x5:strides=120x40x10x1",
         "axis 2 (extent 4, stride 10) and axis 3 (extent 5, stride 1)"},
        {"forward_train:f32:any:2x3x4:axis=2:strides=24x4x1",
         "axis 0 (extent 2, stride 24) and axis 1 (extent 3, stride 4)"},
    }));
    const nf_description d = parse_problem(problem).description;
    Tensor t{"x", d.x, {}};
    const Status status = canonicalise(t, d.axis);
    CHECK(status.code == NF_UNSUPPORTED_STRIDES);
    CHECK_THAT(status.text, Catch::Contains(says));
}

TEST_CASE("sizes that do not fit in 63 bits are refused") {
    const std::string problem =
        GENERATE(as<std::string>(), "forward_train:f32:nchw:1048576x1048576x1048576x8",
                 "forward_train:f32:nc:2305843009213693952x1", "forward_train:f32:nc:2x2:strides=9223372036854775807x1",
                 "forward_train:f32:nc:3x2:strides=4611686018427387904x1", "forward_train:f32:ncw:2x4294967296x4294967296");
    INFO(problem);
    const nf_description d = parse_problem(problem).description;
    Tensor t{"x", d.x, {}};
    Status status = resolve_layout(t, nullptr);
    if (!status.failed()) status = canonicalise(t, d.axis);
    CHECK(status.code == NF_OVERFLOW);
    CHECK_THAT(status.text, Catch::Contains("63 bits"));
}

TEST_CASE("an extent of 0 makes a tensor empty, however long the other axes are") {
    const auto [problem, channels] = GENERATE(table<const char *, int64_t>({
        {"forward_train:f32:nchw:0x3x1099511627776x1099511627776", 3},
        {"forward_train:f32:nchw:4611686018427387904x3x0x4611686018427387904", 3},
        {"forward_train:f32:nchw:1099511627776x0x1099511627776x1099511627776", 0},
        {"forward_train:f32:ncw:0x3x4:strides=9223372036854775807x9223372036854775807x1", 3},
    }));
    INFO(problem);
    const Canonical t = tensor(problem).canonical;
    CHECK(t.empty());
    CHECK(t.c == channels);
    CHECK(t.span() == 0);
}

TEST_CASE("an empty tensor's channel arrays must still fit") {
    const nf_description d = parse_problem("forward_train:f32:nc:0x4611686018427387904").description;
    Tensor t{"x", d.x, {}};
    REQUIRE_FALSE(resolve_layout(t, nullptr).failed());
    CHECK(canonicalise(t, 1).code == NF_OVERFLOW);
}

TEST_CASE("the largest tensor that fits is accepted") {
    CHECK(tensor("forward_train:f32:nc:2305843009213693951x1").canonical.span() == 2305843009213693951);
}

TEST_CASE("contiguous are tensors without gaps, whatever strides that nothing uses say") {
    const auto [problem, contiguous] = GENERATE(table<const char *, bool>({
        {"forward_train:f32:nchw:2x3x4x5", true},
        {"forward_train:f32:nchw:2x3x4x5:strides=60x20x5x1", true},
        {"forward_train:f32:nchw:2x3x4x5:strides=61x20x5x1", false},
        {"forward_train:f32:nchw:2x3x4x5:strides=60x1x15x3", false},
        {"forward_train:f32:nchw:1x3x1x5:strides=99x5x7x1", true},
        {"forward_train:f32:nc:3x1:strides=2x1", false},
        {"forward_train:f32:nchw:4x0x4x4:strides=16x16x4x1", true},
        {"forward_train:f32:nchw:4x0x4x4:strides=9x8x7x6", true},
    }));
    INFO(problem);
    CHECK(is_contiguous(parse_problem(problem).description.x) == contiguous);
}

TEST_CASE("the span is the distance from the first to the last element") {
    CHECK(tensor("forward_train:f32:nchw:2x3x4x5:strides=100x30x5x1").canonical.span() == 100 + 60 + 20);
    CHECK(tensor("forward_train:f32:nchw:2x3x4x5:strides=-100x30x-5x-1").canonical.span() == 100 + 60 + 20);
    CHECK(tensor("forward_train:f32:nchw:2x3x4x5:strides=-100x30x-5x-1").canonical.lowest() == -100 - 19);
    CHECK(tensor("forward_train:f32:nc:0x5").canonical.span() == 0);
    CHECK(tensor("forward_train:f32:nc:0x5").canonical.empty());
}

TEST_CASE("self-overlap is decided as by writing down every address") {
    for (int64_t sn = -8; sn < 9; ++sn)
        for (int64_t sc = -8; sc < 9; ++sc) {
            if (sn == 0 || sc == 0) continue;
            const Canonical t{3, 2, 2, sn, sc, 1};
            std::set<int64_t> addresses;
            for (int64_t i = 0; i < 12; ++i) addresses.insert(i / 4 * sn + i / 2 % 2 * sc + i % 2);
            INFO(sn << " " << sc);
            // Nesting is a sufficient condition: what is accepted never overlaps. Every nested tensor is accepted.
            if (addresses.size() < 12) CHECK(overlaps_itself(t));
            if (std::abs(sc) >= 2 && std::abs(sn) >= std::abs(sc) + 2) CHECK_FALSE(overlaps_itself(t));
        }
}

TEST_CASE("a group of small planes divides the channels and fits a run") {
    const ElementBytes f32;
    const nf_op forward = NF_FORWARD_TRAIN;
    for (int64_t channels : {1, 7, 16, 30, 64, 100, 2048})
        for (int64_t plane : {1, 2, 9, 49, 196, 256})
            for (int threads : {1, 2, 64}) {
                const int64_t group = choose_group(forward, channels, plane, f32, threads);
                CHECK(channels % group == 0);
                CHECK(group * plane * 4 <= NF_MAX_RUN_BYTES);
            }
    CHECK(choose_group(forward, 2048, 49, f32, 1) == 64);  // 64 * 49 elements: whole cache lines; 128 planes are too long
    CHECK(choose_group(forward, 2048, 49, f32, 64) == 32); // a group for every thread comes first
    CHECK(choose_group(forward, 7, 49, f32, 1) == 7);      // no run of whole lines: the longest
    CHECK(choose_group(forward, 16, 49, f32, 8) == 2);
    CHECK(choose_group(forward, 2048, 49, ElementBytes(NF_F64, NF_CHANNEL_DEFAULT), 1) == 32); // half as long in f64
    for (nf_op op : {NF_BACKWARD_TRAIN, NF_BACKWARD_FROZEN, NF_BACKWARD_REDUCE, NF_BACKWARD_APPLY})
        CHECK(choose_group(op, 2048, 49, f32, 1) == 32); // half as long
    CHECK(choose_group(NF_STATS, 2048, 49, f32, 1) == 64);
}

TEST_CASE("chunks of the last form depend on the rows alone") {
    CHECK(chunks_of(1) == 1);
    CHECK(chunks_of(256) == 1);
    CHECK(chunks_of(257) == 2);
    CHECK(chunks_of(64 * 256) == 64);
    CHECK(chunks_of(1000000) == 64);
}
