// SPDX-License-Identifier: MIT
// Quotients by reciprocals are those of C++, up to the ends of both ranges.
#include "generators/algorithm/quotient.h"

#include <catch2/catch.hpp>

#include <climits>
#include <vector>

using namespace normforge;

namespace {

std::vector<int32_t> quotients(std::vector<int32_t> values, std::vector<int32_t> divisors) {
    const int n = static_cast<int>(values.size());
    Halide::ImageParam value(Halide::Int(32), 1), divisor(Halide::Int(32), 1);
    value.set(Halide::Buffer<int32_t>(values.data(), n));
    divisor.set(Halide::Buffer<int32_t>(divisors.data(), n));
    Halide::Var i;
    Halide::Func result;
    result(i) = quotient(value(i), divisor(i));
    std::vector<int32_t> results(values.size());
    Halide::Buffer<int32_t> out(results.data(), n);
    result.realize(out);
    return results;
}

} // namespace

TEST_CASE("Quotients by reciprocals are exact") {
    std::vector<int32_t> divisors = {INT_MAX, INT_MAX - 1, 1'000'003,     46'341,       65'536,
                                     65'537,  1 << 30,     (1 << 30) + 1, (1 << 30) - 1};
    for (int32_t small = 1; small <= 1024; ++small) divisors.push_back(small);
    std::vector<int32_t> values, by;
    for (const int32_t divisor : divisors) {
        // Multiples and their neighbours, where rounding shows: the first ones, those in the middle and the last ones.
        const int64_t most = INT_MAX / divisor;
        for (const int64_t multiple : {int64_t{0}, int64_t{1}, most / 3, most / 2, most - 1, most})
            for (const int64_t value : {multiple * divisor - 1, multiple * divisor, multiple * divisor + 1})
                if (value >= 0 && value <= INT_MAX) {
                    values.push_back(static_cast<int32_t>(value));
                    by.push_back(divisor);
                }
        values.push_back(INT_MAX);
        by.push_back(divisor);
    }
    const std::vector<int32_t> got = quotients(values, by);
    size_t wrong = 0;
    for (size_t i = 0; i < values.size(); ++i)
        if (got[i] != values[i] / by[i] && wrong++ == 0)
            FAIL_CHECK(values[i] << " / " << by[i] << " is " << got[i] << ", expected " << values[i] / by[i]);
    CHECK(wrong == 0);
}
