// SPDX-License-Identifier: MIT
// Every CPU gives the same bits: results are compared with checksums that were recorded on x86-64. To record them again, on
// purpose, after a change of the order of summation: NORMFORGE_RECORD=tests/kernels/checksums.txt test_kernels_checksums
#include "tests/support/runner.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <map>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// FNV-1a over the bits of values in double precision; every NaN counts as the same.
class Checksum {
public:
    void add(const Values &values) {
        add_bits(values.size());
        for (const double value : values) {
            uint64_t bits = 0;
            if (!std::isnan(value)) std::memcpy(&bits, &value, sizeof bits);
            add_bits(std::isnan(value) ? 0x7ff8000000000000u : bits);
        }
    }
    uint64_t sum() const { return sum_; }

private:
    void add_bits(uint64_t bits) {
        for (int byte = 0; byte < 8; ++byte, bits >>= 8) sum_ = (sum_ ^ (bits & 0xff)) * 0x100000001b3u;
    }

    uint64_t sum_ = 0xcbf29ce484222325u;
};

uint64_t checksum(const Inputs &in) {
    Checksum sum;
    for (const Values *values :
         {&in.x, &in.residual, &in.dy, &in.y, &in.gamma, &in.beta, &in.saved_mean, &in.saved_invstd, &in.running_mean,
          &in.running_variance, &in.triples, &in.dx, &in.dresidual, &in.dgamma, &in.dbeta})
        sum.add(*values);
    return sum.sum();
}

uint64_t checksum(const Results &results) {
    Checksum sum;
    for (const Values &values : results.values) sum.add(values);
    return sum.sum();
}

struct Pair {
    uint64_t inputs = 0, results = 0;
};

std::map<std::string, Pair> recorded() {
    std::map<std::string, Pair> pairs;
    std::ifstream file(NF_CHECKSUMS);
    std::string problem;
    for (Pair pair; file >> std::hex >> pair.inputs >> pair.results >> problem;) pairs[problem] = pair;
    return pairs;
}

} // namespace

TEST_CASE("Results have the bits that were recorded on x86-64") {
    const char *const record = std::getenv("NORMFORGE_RECORD");
    const std::map<std::string, Pair> expected = recorded();
    std::ofstream out;
    if (record) out.open(record);
    size_t compared = 0;
    for (const ShapeLine &line : shape_list("operator_matrix.txt")) {
        const std::string problem = to_string(line.problem);
        const Inputs inputs = make_inputs(line.problem.description, {});
        const Pair pair = {checksum(inputs), checksum(run(line.problem, inputs, {"", 2}))};
        if (record) {
            out << std::hex << std::setw(16) << pair.inputs << ' ' << std::setw(16) << pair.results << ' ' << problem
                << '\n';
            continue;
        }
        INFO(problem);
        const auto entry = expected.find(problem);
        REQUIRE(entry != expected.end());
        REQUIRE(pair.inputs == entry->second.inputs); // else the results cannot agree
        CHECK(pair.results == entry->second.results);
        ++compared;
    }
    if (!record) CHECK(compared == expected.size());
}
