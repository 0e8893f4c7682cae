// SPDX-License-Identifier: MIT
// The candidates of a kernel: which dimensions, which values, which combinations, and their text.
#include "generators/tuning/space.h"
#include "runtime/names.h"
#include "runtime/ops.h"

#include <catch2/catch.hpp>
#include <set>

using namespace normforge;

namespace {

Space space_of(const char *symbol) {
    const VariantName kernel = parse_symbol(symbol);
    return {kernel, has_store(kernel.op), NF_STORE_CACHED};
}

std::string names_of(const Space &space) {
    std::string names;
    for (const Dimension &dimension : space.dimensions()) names += (names.empty() ? "" : " ") + dimension.name;
    return names;
}

/// All kinds of kernels that the tuner may meet.
std::vector<VariantName> kernels() {
    std::vector<VariantName> kernels;
    for (const CompileTarget &target : compile_targets())
        for (nf_op op : values_of<nf_op>())
            for (nf_form form : values_of<nf_form>())
                for (nf_dtype dtype : values_of<nf_dtype>())
                    for (const char *tag : {"", "stats64", "portable"})
                        kernels.push_back({op, dtype, form, NF_EPILOGUE_NONE, NF_STORE_CACHED, target.name, tag});
    return kernels;
}

/// The values of `name` that occur together with another word.
std::set<std::string> values_with(const Space &space, const std::string &name, const std::string &word) {
    std::set<std::string> values;
    for (const Point &point : space.points()) {
        const std::string text = " " + space.configuration(point) + " ";
        if (text.find(" " + word + " ") == std::string::npos) continue;
        const size_t at = text.find(" " + name + "=") + name.size() + 2;
        values.insert(text.substr(at, text.find(' ', at) - at));
    }
    return values;
}

} // namespace

TEST_CASE("a space has what changes its kernel, and nothing else") {
    const std::pair<const char *, const char *> expected[] = {
        {"nf_forward_train_f32_inner_relu_cached_x86_64_avx2",
         "store vector unroll sum_vectors prefetch_tiles prefetch_channels"},
        {"nf_forward_train_f32_inner_relu_cached_x86_64_avx2_planes",
         "store vector unroll sum_vectors position_vectors prefetch_channels"},
        {"nf_backward_train_f32_last_relu_cached_x86_64_avx2",
         "store vector unroll output_rows channel_vectors task_elements prefetch_tiles"},
        {"nf_forward_inference_f32_inner_relu_cached_x86_64_avx2", "store vector unroll task_elements"},
        {"nf_forward_inference_f32_inner_relu_cached_x86_64_avx2_planes", "store vector unroll prefetch_images"},
        {"nf_forward_inference_f32_inner_relu_cached_x86_64_avx512_planes", "store vector unroll"},
        {"nf_forward_train_f32_inner_add_relu_cached_x86_64_avx2",
         "store vector unroll sum_vectors prefetch_tiles prefetch_channels prefetch_images"},
        {"nf_backward_apply_f32_last_none_cached_x86_64_avx2", "store vector unroll output_rows task_elements"},
        {"nf_stats_f32_inner_x86_64_avx2", "vector sum_vectors prefetch_tiles"},
        {"nf_stats_f32_last_x86_64_avx2", "vector channel_vectors task_elements prefetch_tiles"},
        {"nf_backward_reduce_f32_inner_relu_x86_64_avx2", "vector sum_vectors prefetch_tiles"},
        {"nf_merge_f32_x86_64_avx2", ""},
        {"nf_forward_train_f32_inner_relu_cached_x86_64_portable", "store"},
    };
    for (const auto &[symbol, names] : expected) {
        INFO(symbol);
        CHECK(names_of(space_of(symbol)) == names);
    }
}

TEST_CASE("a target that has a base has its spaces, so that both may share databases") {
    for (const CompileTarget &target : compile_targets()) {
        if (!target.base) continue;
        for (VariantName kernel : kernels()) {
            if (kernel.target != target.name) continue;
            const Space own(kernel, has_store(kernel.op), NF_STORE_CACHED);
            kernel.target = target.base;
            const Space base(kernel, has_store(kernel.op), NF_STORE_CACHED);
            REQUIRE(own.size() == base.size());
            for (size_t i = 0; i < own.size(); ++i)
                CHECK(own.configuration(own.points()[i]) == base.configuration(base.points()[i]));
        }
    }
    CHECK(family_of("x86-64-avx512-bf16") == "x86-64-avx512");
    CHECK(family_of("x86-64-avx2") == "x86-64-avx2");
}

TEST_CASE("spaces have some hundred candidates at most") {
    const std::pair<const char *, size_t> expected[] = {
        {"nf_forward_train_f32_inner_relu_cached_x86_64_avx512", 216},
        {"nf_forward_train_f32_inner_relu_cached_x86_64_avx512_planes", 288},
        {"nf_forward_train_f32_last_relu_cached_x86_64_avx512", 864},
        {"nf_backward_train_f32_inner_relu_cached_x86_64_avx512", 360},
        {"nf_backward_train_f32_last_relu_cached_x86_64_avx2", 432},
        {"nf_forward_inference_f32_inner_relu_cached_x86_64_avx512", 48},
        {"nf_merge_f32_x86_64_avx2", 1},
    };
    for (const auto &[symbol, size] : expected) {
        INFO(symbol);
        CHECK(space_of(symbol).size() == size);
    }
    for (const VariantName &kernel : kernels()) CHECK(Space(kernel, has_store(kernel.op), NF_STORE_CACHED).size() <= 900);
}

TEST_CASE("the first candidate is what the compiler takes unasked") {
    for (const VariantName &kernel : kernels()) {
        for (nf_store store : {NF_STORE_CACHED, NF_STORE_STREAM}) {
            if (store == NF_STORE_STREAM && !has_store(kernel.op)) continue;
            const Space space(kernel, has_store(kernel.op), store);
            const Point point = space.default_point();
            const TargetFacts facts = compile_target(kernel.target).facts;
            const auto resolved = [&](const std::string &text) {
                return to_string(resolve(parse_parameters(text), facts, arithmetic_bytes(kernel)));
            };
            REQUIRE(space.points().front() == point);
            REQUIRE(space.store(point) == store);
            REQUIRE(resolved(space.parameters(point)) == resolved(""));
        }
    }
}

TEST_CASE("every candidate reads back") {
    for (const VariantName &kernel : kernels()) {
        const Space space(kernel, has_store(kernel.op), NF_STORE_CACHED);
        std::set<Point> points;
        for (const Point &point : space.points()) {
            const std::string text = space.configuration(point);
            REQUIRE(space.parse(text) == point);
            REQUIRE(space.allowed(point));
            REQUIRE(points.insert(point).second);
            const bool stored = has_store(kernel.op);
            const std::string store = stored ? std::string("store=") + name_of(space.store(point)) : "";
            const std::string parameters = space.parameters(point);
            REQUIRE(text == store + (stored && !parameters.empty() ? " " : "") + parameters);
            REQUIRE_NOTHROW(
                resolve(parse_parameters(parameters), compile_target(kernel.target).facts, arithmetic_bytes(kernel)));
        }
    }
    const Space space = space_of("nf_forward_train_f32_inner_relu_cached_x86_64_avx512");
    CHECK(space.configuration(space.default_point()) ==
          "store=cached vector=16 unroll=4 sum_vectors=8 prefetch_tiles=1 prefetch_channels=1");
    CHECK(space.parse("vector=16 store=cached unroll=4 prefetch_channels=1 sum_vectors=8 prefetch_tiles=1") ==
          space.default_point());
}

TEST_CASE("of candidates with equal code one stays") {
    // 32 lanes are two vectors of 16: all numbers of vectors from two on are one.
    const Space forward = space_of("nf_forward_train_f32_inner_relu_cached_x86_64_avx512");
    CHECK(values_with(forward, "sum_vectors", "vector=16") == std::set<std::string>{"8"});
    CHECK(values_with(forward, "sum_vectors", "vector=8") == std::set<std::string>{"2", "8"});
    const Space backward = space_of("nf_backward_train_f32_inner_relu_cached_x86_64_avx512");
    CHECK(values_with(backward, "sum_vectors", "vector=16") == std::set<std::string>{"2", "8"});
    // A store of bf16 is of two vectors of f32; f16 is stored by halves where one instruction converts.
    const Space bf16 = space_of("nf_forward_inference_bf16_inner_relu_cached_x86_64_avx512");
    CHECK(values_with(bf16, "unroll", "vector=16") == std::set<std::string>{"1", "4", "8"});
    const Space f16 = space_of("nf_forward_inference_f16_inner_relu_cached_x86_64_avx512");
    CHECK(values_with(f16, "unroll", "vector=16") == std::set<std::string>{"1", "2", "4", "8"});
}

TEST_CASE("sums that spill are no candidates") {
    const auto most = [](const char *symbol, const std::string &name, const std::string &vector) {
        return values_with(space_of(symbol), name, vector);
    };
    using Values = std::set<std::string>;
    CHECK(most("nf_forward_train_f32_inner_relu_cached_x86_64_avx512_planes", "position_vectors", "vector=16") ==
          Values{"1", "2", "4", "8"});
    CHECK(most("nf_forward_train_f32_inner_relu_cached_x86_64_avx2_planes", "position_vectors", "vector=8") ==
          Values{"1", "2", "4"});
    CHECK(most("nf_backward_train_f32_last_relu_cached_x86_64_avx512", "channel_vectors", "vector=16") ==
          Values{"1", "2", "4"});
    CHECK(most("nf_backward_train_f32_last_relu_cached_x86_64_avx2", "channel_vectors", "vector=8") == Values{"1", "2"});
}

TEST_CASE("what the target cannot stream is no candidate") {
    // NEON streams pairs of whole registers.
    const Space f32 = space_of("nf_forward_inference_f32_inner_relu_cached_arm_64");
    CHECK(values_with(f32, "vector", "store=stream") == std::set<std::string>{"4"});
    CHECK(values_with(f32, "vector", "store=cached") == std::set<std::string>{"2", "4"});
    CHECK(values_with(f32, "unroll", "store=stream") == std::set<std::string>{"2", "4", "8"});
    const Space bf16 = space_of("nf_forward_inference_bf16_inner_relu_cached_arm_64");
    CHECK(values_with(bf16, "unroll", "store=stream") == std::set<std::string>{"4", "8"});
    const Space avx2 = space_of("nf_forward_inference_f16_inner_relu_cached_x86_64_avx2");
    CHECK(values_with(avx2, "vector", "store=stream") == std::set<std::string>{"4", "8"});
}

TEST_CASE("a point outside the space is not allowed") {
    const Space space = space_of("nf_forward_train_f32_inner_relu_cached_x86_64_avx512");
    CHECK_FALSE(space.allowed({}));
    Point point = space.default_point();
    point.back() = space.dimensions().back().values.size();
    CHECK_FALSE(space.allowed(point));
}

TEST_CASE("store policies that do not fit are no candidates") {
    const VariantName kernel = parse_symbol("nf_forward_train_f32_inner_relu_cached_x86_64_avx512");
    CHECK(Space(kernel, false, NF_STORE_CACHED).size() * 2 == Space(kernel, true, NF_STORE_STREAM).size());
    CHECK_THROWS_WITH(Space(kernel, false, NF_STORE_STREAM),
                      "default_store is stream, expected cached: streaming stores do not fit the problem");
    CHECK_THROWS_WITH(Space(kernel, true, NF_STORE_AUTO), "default_store is auto, expected cached or stream");
}

TEST_CASE("seeds begin with the default and are few") {
    for (const VariantName &kernel : kernels()) {
        const Space space(kernel, has_store(kernel.op), NF_STORE_CACHED);
        const std::vector<Point> seeds = space.seeds();
        REQUIRE(seeds.front() == space.default_point());
        REQUIRE(seeds.size() <= 8);
        for (const Point &seed : seeds) REQUIRE(space.allowed(seed));
        REQUIRE(std::set<Point>(seeds.begin(), seeds.end()).size() == seeds.size());
        if (values_with(space, "vector", "store=stream").size() > 1) REQUIRE(space.store(seeds.at(1)) == NF_STORE_STREAM);
    }
}

TEST_CASE("configurations that do not fit are refused with what was expected") {
    const Space space = space_of("nf_forward_inference_bf16_inner_relu_cached_x86_64_avx512");
    CHECK_THROWS_WITH(space.parse("store=cached vector=16 unroll=4"), Catch::Contains("lacks task_elements"));
    CHECK_THROWS_WITH(space.parse("store=wide vector=16 unroll=4 task_elements=32768"),
                      "configuration: store is 'wide', expected one of: cached, stream");
    CHECK_THROWS_WITH(space.parse("store=cached vector=12 unroll=4 task_elements=32768"),
                      "configuration: vector is '12', expected one of: 8, 16");
    CHECK_THROWS_WITH(
        space.parse("store=cached vector=16 unroll=4 task_elements=32768 prefetch_tiles=1"),
        "configuration: prefetch_tiles does not apply to the kernel, expected store, vector, unroll, task_elements");
    CHECK_THROWS_WITH(space.parse("store=cached store=cached vector=16"), "configuration: store is given twice");
    CHECK_THROWS_WITH(space.parse("store"), "configuration: 'store', expected name=value");
    CHECK_THROWS_WITH(space.parse("store=cached vector=16 unroll=2 task_elements=32768"),
                      Catch::Contains("is no candidate: another has the same code"));
    CHECK_THROWS_WITH(space_of("nf_merge_f32_x86_64_avx2").parse("vector=8"), Catch::Contains("expected nothing"));
}

TEST_CASE("a space is made from recorded candidates") {
    const Space space(
        {"store=stream vector=16 other=3", "store=cached vector=8 other=3", "store=cached vector=16 other=-1"});
    CHECK(names_of(space) == "store vector other");
    CHECK(space.size() == 3);
    CHECK(space.configuration(space.default_point()) == "store=stream vector=16 other=3");
    CHECK(space.store(space.default_point()) == NF_STORE_STREAM);
    CHECK(space.dimensions()[2].values == std::vector<int>{-1, 3});
    CHECK_THROWS_WITH(space.parse("store=stream vector=8 other=3"), Catch::Contains("is no candidate"));
    CHECK_THROWS_WITH(Space({"vector=8", "unroll=8"}), "configuration 'unroll=8' has other names than 'vector=8'");
    CHECK_THROWS_WITH(Space({"vector=8", "vector=8"}), "configuration 'vector=8' comes twice");
    CHECK_THROWS_WITH(Space({"vector=x"}), "configuration: vector is 'x', expected an integer");
    CHECK_THROWS_WITH(Space({"store=auto"}), "configuration: store is 'auto', expected cached or stream");
    CHECK_THROWS_WITH(Space(std::vector<std::string>{}), "a space of no configuration");
}

TEST_CASE("the signature is 16 hex digits") {
    CHECK(space_signature().size() == 16);
    CHECK(space_signature().find_first_not_of("0123456789abcdef") == std::string::npos);
}
