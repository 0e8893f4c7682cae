// SPDX-License-Identifier: MIT
// This library against recorded outputs of MXNet, ONNX and PyTorch: reads the recordings, runs each case, compares, and
// prints what was compared, how far apart it was, and what the library cannot express yet.
#include "tests/conformance/bounds.h"
#include "tests/conformance/recorded.h"
#include "tests/conformance/run_case.h"
#include "tests/support/measure.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <set>

namespace normforge::conformance {

namespace {

/// The comparison of one output of one case, or of all cases of an implementation.
struct Apart {
    int64_t values = 0;
    double ulps = 0;  ///< largest |ours - recorded| / ulp(S)
    double share = 0; ///< of its bound, the largest
    double bound = 0; ///< the largest bound, in ulp(S)
    size_t at = 0;    ///< index of the largest share

    void add(const Apart &other) {
        values += other.values;
        ulps = std::max(ulps, other.ulps);
        share = std::max(share, other.share);
        bound = std::max(bound, other.bound);
    }
};

Apart compare(const std::vector<double> &ours, const std::vector<double> &recorded, const Bound &bound) {
    Apart apart;
    for (size_t i = 0; i < recorded.size(); ++i) {
        const double difference = std::abs(ours.at(i) - recorded[i]), ulp = testing::ulp(NF_F32, bound.scale.at(i));
        const double share = difference == 0 ? 0 : difference / bound.allowed.at(i); // infinite where none is allowed
        if (!(share <= apart.share)) apart.at = i;
        apart.add({1, difference / ulp, std::isnan(share) ? INFINITY : share, bound.allowed[i] / ulp, 0});
    }
    return apart;
}

/// Our results and their bounds, for the cases that go on from there.
struct Ran {
    Arrays ours;
    Bounds bounds;
};

/// Names of cases by the reason why they, or a part of them, were not run.
using NotYet = std::map<std::string, std::set<std::string>>;

/// The outputs of a case that the library can express.
std::vector<std::string> expressible(const Case &recorded, NotYet &not_yet) {
    std::set<std::string> names;
    for (const auto &[name, values] : recorded.outputs) names.insert(name);
    for (const auto &[name, request] : recorded.gradients) names.insert(name);
    std::vector<std::string> result;
    for (const std::string &name : names) {
        const std::string reason = not_yet_run(recorded, name);
        if (!reason.empty())
            not_yet[reason].insert(recorded.name);
        else if (recorded.outputs.count(name) > 0)
            result.push_back(name);
    }
    return result;
}

void print(const Recording &recording, int run, const std::map<std::string, Apart> &apart, const NotYet &not_yet) {
    std::cout << "\n"
              << recording.implementation << " (" << recording.provenance << "): " << run << " of " << recording.cases.size()
              << " cases run, whole or in part\n"
              << std::setprecision(3);
    for (const auto &[output, a] : apart) {
        std::cout << "  " << std::left << std::setw(17) << output << std::right << std::setw(6) << a.values
                  << " values, largest error " << a.ulps << " ulp(S), " << a.share << " of its bound; bounds up to "
                  << a.bound << " ulp(S)\n";
    }
    for (const auto &[reason, names] : not_yet) {
        std::cout << "  not yet run: " << reason << ": " << names.size() << " cases\n";
        for (const std::string &name : names) std::cout << "    " << name << "\n";
    }
}

/// Runs a case with the running statistics that it begins with.
Ran run(const Case &recorded, const std::map<std::string, Ran> &done) {
    const Ran *before = recorded.continues.empty() ? nullptr : &done.at(recorded.continues);
    Ran ran{run_case(recorded, before != nullptr ? &before->ours : nullptr), {}};
    ran.bounds = bounds_of(recorded, before != nullptr ? before->ours : recorded.inputs,
                           before != nullptr ? &before->bounds : nullptr);
    return ran;
}

} // namespace

TEST_CASE("outputs recorded from other implementations are ours") {
    const auto recordings = read_recordings();
    REQUIRE(recordings.size() == 4);
    for (const Recording &recording : recordings) {
        std::map<std::string, Ran> done;
        std::map<std::string, Apart> worst;
        NotYet not_yet;
        for (const Case &recorded : recording.cases) {
            INFO(recording.implementation << ": " << recorded.name);
            const auto outputs = expressible(recorded, not_yet);
            if (outputs.empty()) continue;
            const Ran &ran = done[recorded.name] = run(recorded, done);
            for (const std::string &output : outputs) {
                const auto &expected = recorded.outputs.at(output), &ours = ran.ours.at(output);
                const Apart apart = compare(ours, expected, ran.bounds.at(output));
                INFO(output << "[" << apart.at << "]: " << std::setprecision(9) << ours[apart.at] << ", recorded "
                            << expected[apart.at]);
                CHECK(apart.share <= 1);
                worst[output].add(apart);
            }
        }
        CHECK(!done.empty());
        print(recording, static_cast<int>(done.size()), worst, not_yet);
    }
}

TEST_CASE("a recording with one wrong number in a thousand, or a wrong formula, is noticed") {
    for (const Recording &recording : read_recordings()) {
        std::map<std::string, Ran> done;
        NotYet not_yet;
        for (const Case &recorded : recording.cases) {
            INFO(recording.implementation << ": " << recorded.name);
            const auto outputs = expressible(recorded, not_yet);
            // Where the mean is 10^3 to 10^4 times sigma, f32 sums of others leave less than three digits.
            if (outputs.empty() || recorded.name.find("large_mean") == 0) continue;
            const Ran &ran = done[recorded.name] = run(recorded, done);
            for (const std::string &output : outputs) {
                auto wrong = recorded.outputs.at(output);
                const auto &scale = ran.bounds.at(output).scale;
                const size_t at = std::max_element(scale.begin(), scale.end()) - scale.begin();
                wrong[at] += scale[at] > 0 ? 1e-3 * scale[at] : 1e-3;
                INFO(output);
                CHECK(compare(ran.ours.at(output), wrong, ran.bounds.at(output)).share > 1);
            }
            auto shuffled = recorded.outputs.at("y");
            std::rotate(shuffled.begin(), shuffled.begin() + 1, shuffled.end());
            CHECK(compare(ran.ours.at("y"), shuffled, ran.bounds.at("y")).share > 1);
        }
    }
}

} // namespace normforge::conformance
