// SPDX-License-Identifier: MIT
// What a kernel says of its parameters' origin: the rung, and whether tuning found the default best.
#include "tools/normforge/tune/tuned_choices.h"

#include "generators/tuning/space.h"
#include "tests/tune/files.h"
#include "tools/normforge/tune/main_kernel.h"

#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::tune_test;

namespace {

constexpr const char *kTarget = "x86-64-avx2";
constexpr const char *kTuned = "forward_train:f32:nchw:32x64x56x56:relu";
constexpr const char *kNear = "forward_train:f32:nchw:16x64x56x56:relu";

/// What is chosen where the database has one entry: kTuned, on the device "here", in one thread.
TunedChoice choose(const std::string &configuration, const std::string &problem, const std::string &device) {
    TunedEntry entry;
    entry.problem = kTuned;
    entry.configuration = configuration;
    entry.device = "here";
    entry.threads = 1;
    entry.tuned = entry.untuned = {1, 1, 1};
    entry.normforge = entry.halide = entry.llvm = "1";
    entry.date = "2026-01-31";
    const Folder folder;
    const std::string file = folder.file("database.json");
    write(file, to_text({kTarget, space_signature(), {entry}}));
    TunedChoices choices({kTarget}, {file}, device, 1);
    REQUIRE(choices.refused().empty());
    const MainKernel kernel = main_kernel(parse_problem(problem), kTarget);
    return choices.choose(parse_problem(problem), kernel.specialised, kernel.can_stream);
}

} // namespace

TEST_CASE("A kernel says on which rung its parameters were found") {
    const MainKernel kernel = main_kernel(parse_problem(kTuned), kTarget);
    const Space space = kernel.space();
    const std::string configuration = space.configuration(space.default_point());
    const std::string tuned = std::string("tuned for ") + kTuned;
    CHECK(choose(configuration, kTuned, "here").origin == "tuned");
    CHECK(choose(configuration, kNear, "here").origin == tuned);
    CHECK(choose(configuration, kTuned, "elsewhere").origin == tuned + " on here");
    CHECK(choose(configuration, "forward_train:f32:nhwc:4x5x5x3", "here").origin == "default");
}

TEST_CASE("So does one whose default was kept") {
    const std::string kept = "default, kept by tuning", other = kept + " for " + kTuned;
    for (const auto &[problem, device, origin] : {std::tuple(kTuned, "here", kept), std::tuple(kNear, "here", other),
                                                  std::tuple(kTuned, "elsewhere", other + " on here")}) {
        const TunedChoice choice = choose(kDefaultConfiguration, problem, device);
        CHECK(choice.origin == origin);
        CHECK_FALSE(choice.specialise);
    }
}
