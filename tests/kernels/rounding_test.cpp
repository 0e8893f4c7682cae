// SPDX-License-Identifier: MIT
// Rounding to bf16, for every way in which kernels do it, against its definition: subnormal numbers, ties, overflow,
// infinities and the bits of NaN. Forward inference of x = -0 with invstd 1 gives what beta is, rounded.
#include "tests/support/variants.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>

using namespace normforge;
using namespace normforge::testing;

namespace {

constexpr uint32_t kHalves = 1u << 16; ///< patterns of half an f32

/// To nearest, a tie to even; a NaN keeps its upper bits and becomes quiet.
uint16_t rounded(uint32_t bits) {
    constexpr uint32_t kExponent = 0x7f800000, kQuiet = 0x40, kTie = 0x8000;
    const uint32_t upper = bits >> 16, lower = bits & 0xffff;
    if ((bits & ~0x80000000u) > kExponent) return static_cast<uint16_t>(upper | kQuiet);
    const bool up = lower > kTie || (lower == kTie && upper % 2 == 1);
    return static_cast<uint16_t>(upper + (up ? 1 : 0));
}

/// A plan of one variant, and what it runs on: channel c has beta[c] and comes out as y[.., c, ..].
class Rounder {
public:
    Rounder(const Variant &variant, const Problem &problem) : betas(static_cast<size_t>(problem.description.x.extents[1])) {
        nf_description description = problem.description;
        description.eps = 0;
        description.variant = variant.name.c_str();
        nf_plan *created = nullptr;
        REQUIRE(nf_plan_create(&description, &created) == NF_SUCCESS);
        plan_.reset(created);
        const size_t elements = size_t(description.x.extents[0]) * betas.size() * spatial(description);
        x_.assign(elements, 0x8000);
        y.assign(elements, 0);
        call_.struct_size = sizeof call_;
        call_.x = x_.data();
        call_.y = y.data();
        call_.beta = {betas.data(), static_cast<int64_t>(betas.size())};
        call_.gamma = {gammas.data(), static_cast<int64_t>(gammas.size())};
        call_.running_mean = {means.data(), static_cast<int64_t>(means.size())};
        call_.running_variance = {ones_.data(), static_cast<int64_t>(ones_.size())};
        workspace_.resize(nf_plan_workspace_size(created) + NF_WORKSPACE_ALIGNMENT);
        void *aligned = workspace_.data();
        size_t space = workspace_.size();
        call_.workspace_size = nf_plan_workspace_size(created);
        call_.workspace = std::align(NF_WORKSPACE_ALIGNMENT, call_.workspace_size, aligned, space);
        plane_ = spatial(description);
    }

    void execute() { REQUIRE(nf_plan_execute(plan_.get(), &call_) == NF_SUCCESS); }

    /// How many elements are not the rounded beta of their channel; the first is kept for the report.
    size_t wrong() {
        execute();
        size_t count = 0;
        for (size_t i = 0; i < y.size(); ++i) {
            const uint32_t bits = betas[i / plane_ % betas.size()];
            if (y[i] == rounded(bits)) continue;
            if (count++ == 0) UNSCOPED_INFO(std::hex << "beta " << bits << " gives " << y[i] << ", not " << rounded(bits));
        }
        return count;
    }

    std::vector<uint32_t> betas; ///< bits of f32
    std::vector<uint16_t> y;
    std::vector<float> gammas = std::vector<float>(betas.size(), 1), means = std::vector<float>(betas.size(), 0);

private:
    static size_t spatial(const nf_description &d) { return d.x.rank > 2 ? static_cast<size_t>(d.x.extents[2]) : 1; }

    struct DestroyPlan {
        void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
    };
    std::unique_ptr<nf_plan, DestroyPlan> plan_;
    nf_tensors call_ = {};
    std::vector<uint16_t> x_;
    std::vector<float> ones_ = std::vector<float>(betas.size(), 1);
    std::vector<unsigned char> workspace_;
    size_t plane_ = 1;
};

/// Usable variants for the problem that only round.
std::vector<Variant> variants_for(const Problem &problem) {
    std::vector<Variant> found;
    for (const Variant &variant : registered_variants())
        if (variant.usable && fits(variant.parts, problem)) found.push_back(variant);
    REQUIRE(!found.empty());
    return found;
}

/// Every upper half with these lower ones. `step` is odd: with 257, numbers of one exponent (128 of a sign) are never beside
/// each other, and a subnormal one is alone among the 32 of a vector.
void check_lower_halves(const char *text, uint32_t step, const std::vector<uint32_t> &lower_halves) {
    const Problem problem = parse_problem(text);
    for (const Variant &variant : variants_for(problem)) {
        INFO(variant.name << ", uppers in steps of " << step);
        Rounder rounder(variant, problem);
        for (const uint32_t lower : lower_halves)
            for (uint32_t begin = 0; begin < kHalves; begin += static_cast<uint32_t>(rounder.betas.size())) {
                for (uint32_t c = 0; c < rounder.betas.size(); ++c)
                    rounder.betas[c] = (begin + c) * step % kHalves << 16 | lower;
                REQUIRE(rounder.wrong() == 0);
            }
    }
}

} // namespace

TEST_CASE("Every bf16 and what is nearest to the edges between two are rounded right") {
    const std::vector<uint32_t> lower_halves = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
    for (const uint32_t step : {1, 257}) {
        check_lower_halves("forward_inference:bf16:nc:2x65536", step, lower_halves);
        check_lower_halves("forward_inference:bf16:ncw:1x4096x32", step, lower_halves);
        check_lower_halves("forward_inference:bf16:ncw:1x4096x288", step, lower_halves);
    }
}

TEST_CASE("A NaN of any digits in gamma or the mean is one in its channel of y") {
    const auto is_nan = [](uint16_t bits) { return (bits & 0x7fff) > 0x7f80; };
    const auto text = GENERATE("forward_inference:bf16:nc:2x64", "forward_inference:bf16:ncw:1x64x32",
                               "forward_inference:bf16:ncw:1x64x288");
    const uint32_t digits = GENERATE(0x7f800001u, 0x7fffffffu, 0xff800001u, 0xffffffffu, 0x7fff7fffu, 0x7fff8000u);
    const bool in_gamma = GENERATE(true, false);
    const Problem problem = parse_problem(text);
    for (const Variant &variant : variants_for(problem)) {
        INFO(variant.name << " " << std::hex << digits << (in_gamma ? " in gamma" : " in the mean"));
        Rounder rounder(variant, problem);
        constexpr size_t kChannel = 5;
        std::memcpy(&(in_gamma ? rounder.gammas : rounder.means)[kChannel], &digits, sizeof digits);
        rounder.execute();
        const auto poisoned = static_cast<size_t>(std::count_if(rounder.y.begin(), rounder.y.end(), is_nan));
        CHECK(poisoned == rounder.y.size() / rounder.betas.size()); // those of one channel
    }
}

// Three minutes for three targets: test_kernels_rounding "[.exhaustive]"
TEST_CASE("Every f32 is rounded right", "[.exhaustive]") {
    std::vector<uint32_t> all(kHalves);
    for (uint32_t lower = 0; lower < kHalves; ++lower) all[lower] = lower;
    check_lower_halves("forward_inference:bf16:nc:2x65536", 257, all);
}
