// SPDX-License-Identifier: MIT
// Kernel sets made from problems: what each problem gives, in which order, and what a tuner may choose.
#include "generators/kernel_sets/from_problems.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace normforge;

namespace {

constexpr const char *kSmall = "forward_train:f32:nchw:4x16x24x24:relu"; // never streams by its size
constexpr const char *kSmallName = "nf_forward_train_f32_inner_relu_cached_x86_64_n4_c16_s576";

KernelSet set_of(const std::vector<std::string> &problems, const TunedChooser &choose = {},
                 const std::vector<std::string> &targets = {"x86-64"}) {
    ProblemKernels kernels(targets, choose);
    for (const std::string &problem : problems) kernels.add(parse_problem(problem));
    return kernels.set("t");
}

std::vector<std::string> names_of(const KernelSet &set) {
    std::vector<std::string> names;
    for (const VariantRequest &variant : set.variants) names.push_back(variant.symbol);
    return names;
}

} // namespace

TEST_CASE("a problem gives a kernel for its shape, and those for any behind it") {
    CHECK(names_of(set_of({kSmall, kSmall})) == std::vector<std::string>{
                                                    kSmallName,
                                                    "nf_forward_train_f32_inner_relu_stream_x86_64",
                                                    "nf_forward_train_f32_inner_relu_cached_x86_64",
                                                });
}

TEST_CASE("each step of a plan gives kernels, those without a form for any shape alone") {
    CHECK(names_of(set_of({"backward_train:f16:nhwc:4x6x6x5:none:grad=awn:stats=f64"})) ==
          std::vector<std::string>{
              "nf_backward_reduce_f16_last_none_x86_64_n144_c5_s1_stats64",
              "nf_backward_apply_f16_last_none_cached_x86_64_n144_c5_s1_accumulate_stats64",
              "nf_backward_reduce_f16_last_none_x86_64_stats64",
              "nf_backward_merge_f16_x86_64_stats64",
              "nf_backward_apply_f16_last_none_stream_x86_64_accumulate_stats64",
              "nf_backward_apply_f16_last_none_cached_x86_64_accumulate_stats64",
          });
}

TEST_CASE("kernels for one target follow those for a better one") {
    CHECK(names_of(set_of({"stats:f32:nchw:8x4x7x7"}, {}, {"x86-64-avx2", "x86-64"})) ==
          std::vector<std::string>{"nf_stats_f32_inner_x86_64_avx2_planes_n8_c4_s49",
                                   "nf_stats_f32_inner_x86_64_avx2_planes", "nf_stats_f32_inner_x86_64_planes_n8_c4_s49",
                                   "nf_stats_f32_inner_x86_64_planes"});
}

TEST_CASE("what gives no kernel for its shape is said") {
    ProblemKernels kernels({"x86-64"});
    CHECK(kernels.add(parse_problem(kSmall)).empty());
    CHECK(kernels.add(parse_problem("stats:f32:nchw:0x4x7x7")) == "has no elements, so no kernel runs");
    CHECK(kernels.add(parse_problem("backward_train:f32:nchw:2x4x7x7:none:grad=nnn")) ==
          "asks for nothing, so no kernel runs");
    CHECK(kernels.add(parse_problem("merge:f32:nc:2x4:k=2")) == "has no tensor, so its kernel is for any shape");
    CHECK(kernels.add(parse_problem("forward_inference:f32:nchw:64x1024x256x256")) ==
          "runs in 3 pieces, so its kernels are for any shape");
    CHECK_THROWS_WITH(kernels.add(parse_problem("forward_train:f32:nchw:2x3x4x4:strides=48x16x1x1")),
                      Catch::Contains("forward_train:f32:nchw:2x3x4x4:strides=48x16x1x1: "));
    CHECK_THROWS_WITH(ProblemKernels({"x86-64"}).set("t"), "no problem needs a kernel");
}

TEST_CASE("a tuner is asked for the main kernel, and its choice is taken") {
    std::vector<std::string> asked;
    const TunedChooser choose = [&](const Problem &problem, const VariantName &kernel, bool can_stream) {
        asked.push_back(to_string(problem) + " " + format_symbol(kernel) + (can_stream ? " can" : " cannot"));
        return TunedChoice{"unroll=8", can_stream ? NF_STORE_STREAM : NF_STORE_CACHED, "tuned on \"this\""};
    };
    const std::string backward = "backward_train:f32:nchw:4x16x24x24:grad=awn"; // reduce, merge, apply
    const std::string narrow = "forward_train:f32:nchw:4x16x23x23:relu", misaligned = std::string(kSmall) + ":offset=4";
    const KernelSet set = set_of({misaligned, kSmall, backward, narrow}, choose);
    CHECK(asked == std::vector<std::string>{
                       misaligned + " " + kSmallName + " cannot",
                       std::string(kSmall) + " " + kSmallName + " can",
                       backward + " nf_backward_apply_f32_inner_none_cached_x86_64_n4_c16_s576_accumulate can",
                       narrow + " nf_forward_train_f32_inner_relu_cached_x86_64_n4_c16_s529 cannot",
                   });
    std::vector<std::string> tuned, names = names_of(set);
    for (const VariantRequest &variant : set.variants) {
        CHECK((variant.origin == "default") == (variant.parameters != "unroll=8"));
        if (variant.origin == "tuned on \"this\"") tuned.push_back(variant.symbol);
    }
    CHECK(tuned == std::vector<std::string>{
                       "nf_forward_train_f32_inner_relu_stream_x86_64_n4_c16_s576",
                       "nf_backward_apply_f32_inner_none_stream_x86_64_n4_c16_s576_accumulate",
                       "nf_forward_train_f32_inner_relu_cached_x86_64_n4_c16_s529",
                       kSmallName, // of the misaligned problem, which goes last
                   });
}

TEST_CASE("where tuning keeps the kernel for any shape, that kernel says so") {
    const TunedChooser choose = [](const Problem &, const VariantName &, bool) {
        TunedChoice kept;
        kept.specialise = false;
        kept.origin = "kept";
        return kept;
    };
    const KernelSet set = set_of({kSmall, "forward_inference:f32:nc:4x3"}, choose);
    std::vector<std::string> kept;
    for (const VariantRequest &variant : set.variants) {
        CHECK_FALSE(specialised_for(parse_symbol(variant.symbol)));
        CHECK(variant.parameters.empty());
        if (variant.origin == "kept") kept.push_back(variant.symbol);
    }
    // In the store policy that dispatch chooses for the problem, not in the other.
    CHECK(kept == std::vector<std::string>{"nf_forward_train_f32_inner_relu_cached_x86_64",
                                           "nf_forward_inference_f32_last_none_cached_x86_64"});
    CHECK(set.variants.size() == 4);
}

TEST_CASE("a kernel that is kept for several reasons names the nearest, and how many there are besides") {
    std::vector<std::string> origins = {"kept for b", "kept for a", "kept", "kept for a"};
    const TunedChooser choose = [&](const Problem &, const VariantName &, bool) {
        TunedChoice kept;
        kept.specialise = false;
        kept.origin = origins.back();
        origins.pop_back();
        return kept;
    };
    const KernelSet set = set_of({"forward_inference:f32:nc:4x3", "forward_inference:f32:nc:5x3",
                                  "forward_inference:f32:nc:6x3", "forward_inference:f32:nc:7x3"},
                                 choose);
    CHECK(set.variants.back().origin == "kept; likewise for 2 more");
}

TEST_CASE("a tuner's choice that cannot be is refused") {
    const auto refusal = [](TunedChoice choice, const std::string &problem) {
        try {
            set_of({problem}, [&](const Problem &, const VariantName &, bool) { return choice; });
        } catch (const std::exception &error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK_THAT(refusal({"unroll=3", {}, "tuned"}, kSmall),
               Catch::Contains(std::string(kSmallName) + " with parameters that are tuned: schedule parameter unroll"));
    CHECK_THAT(refusal({"", NF_STORE_STREAM, "tuned"}, "forward_train:f32:nchw:4x16x23x23:relu"),
               Catch::Contains("streaming stores were chosen where they do not fit"));
    CHECK(refusal({"", NF_STORE_STREAM, "tuned"}, kSmall).empty());
}
