// SPDX-License-Identifier: MIT
// Schedule parameters: defaults from target facts, ranges, text form.
#include "generators/tuning/parameters.h"

#include <catch2/catch.hpp>

using namespace normforge;

namespace {
constexpr TargetFacts kAvx2 = {32, 16, true, true};
constexpr TargetFacts kAvx512 = {64, 32, true, true};
constexpr TargetFacts kNeon = {16, 32, false, false};
} // namespace

TEST_CASE("zeros become the target's defaults, given values stay") {
    CHECK(resolve({}, kAvx2, 4).vector == 8);
    CHECK(resolve({}, kAvx512, 4).vector == 16);
    CHECK(resolve({}, kAvx512, 8).vector == 8);
    CHECK(resolve({}, kAvx512, 4).channel_vectors > resolve({}, kAvx2, 4).channel_vectors);
    CHECK(resolve(parse_parameters("vector=4 task_elements=7"), kAvx2, 4).vector == 4);
    CHECK(resolve(parse_parameters("vector=4 task_elements=7"), kAvx2, 4).task_elements == 7);
}

TEST_CASE("the text form reads back") {
    ScheduleParameters parameters = resolve({}, kAvx512, 4);
    parameters.unroll = 2;
    CHECK(to_string(parse_parameters(to_string(parameters))) == to_string(parameters));
}

TEST_CASE("every default is inside its range") {
    for (const TargetFacts &facts : {TargetFacts{16, 16, false, false}, kAvx2, kAvx512, kNeon})
        CHECK_NOTHROW(resolve({}, facts, 4));
}

TEST_CASE("what cannot be used is refused by name") {
    CHECK_THROWS_WITH(parse_parameters("vectr=4"),
                      Catch::Contains("unknown schedule parameter 'vectr', expected one of: vector"));
    CHECK_THROWS_WITH(parse_parameters("vector"), Catch::Contains("'vector', expected name=integer"));
    CHECK_THROWS_WITH(parse_parameters("vector=x"), Catch::Contains("vector is 'x', expected an integer"));
    CHECK_THROWS_WITH(parse_parameters("vector=4x"), Catch::Contains("vector is '4x', expected an integer"));
    CHECK_THROWS_WITH(resolve(parse_parameters("vector=12"), kAvx2, 4),
                      Catch::Contains("vector (elements of a vector) is 12, expected a power of two from 1 to 32"));
    CHECK_THROWS_WITH(resolve(parse_parameters("task_elements=-2"), kAvx2, 4),
                      Catch::Contains("is -2, expected 1 to 16777216"));
}
