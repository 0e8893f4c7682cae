// SPDX-License-Identifier: MIT
// When a candidate may replace the default.
#include "tools/normforge/tune/verdict.h"

#include <catch2/catch.hpp>

using namespace normforge;

namespace {

/// Rounds of which `won` are `cost` times the default's, the others twice as slow.
std::string why_not(int won, int rounds, double cost) {
    std::vector<double> candidate, standard;
    for (int i = 0; i < rounds; i++) {
        standard.push_back(1.0 + 0.001 * i);
        candidate.push_back(standard.back() * (i < won ? cost : 2));
    }
    return why_not_faster(candidate, standard);
}

} // namespace

TEST_CASE("the sign test is that of the binomial distribution") {
    CHECK(sign_test(0, 7) == Approx(1));
    CHECK(sign_test(7, 7) == Approx(1 / 128.0));
    CHECK(sign_test(6, 7) == Approx(8 / 128.0));
    CHECK(sign_test(13, 15) == Approx(121 / 32768.0)); // 105 + 15 + 1
    CHECK(sign_test(600, 1200) == Approx(0.5115).margin(0.0001));
}

TEST_CASE("a candidate wins if it is 2 % faster, and not by chance") {
    CHECK(why_not(15, 15, 0.9) == "");
    CHECK(why_not(13, 15, 0.9) == "");
    CHECK(why_not(15, 15, 0.975) == "");
    CHECK(why_not(15, 15, 0.985) == "0.985 of the default's time, expected at most 0.98");
    CHECK(why_not(12, 15, 0.9) == "faster in 12 of 15 rounds, by chance with probability 0.018");
    CHECK(why_not(5, 5, 0.5) == "faster in 5 of 5 rounds, by chance with probability 0.031");
    CHECK(why_not(0, 15, 0.5) == "2.000 of the default's time, expected at most 0.98");
}

TEST_CASE("series that are not of the same rounds are refused") {
    CHECK_THROWS_WITH(why_not_faster({1, 2}, {1}), "2 and 1 rounds, expected the same number and at least one");
    CHECK_THROWS(why_not_faster({}, {}));
}
