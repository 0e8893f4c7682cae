// SPDX-License-Identifier: MIT
// This library against recorded outputs of MXNet, ONNX and PyTorch: reads the recordings, runs each case, compares, and
// prints what was compared, how far apart it was, and what the library cannot express yet.
#include "tests/conformance/bounds.h"
#include "tests/conformance/recorded.h"
#include "tests/conformance/run_case.h"
#include "tests/conformance/run_mxnet_v1.h"
#include "tests/support/measure.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
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

Apart compare(nf_dtype type, const std::vector<double> &ours, const std::vector<double> &recorded, const Bound &bound) {
    Apart apart;
    for (size_t i = 0; i < recorded.size(); ++i) {
        const double difference = std::abs(ours.at(i) - recorded[i]), ulp = testing::ulp(type, bound.scale.at(i));
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

/// In which an output was recorded, and its ulp(S) is counted.
nf_dtype type_of(const Case &recorded, const std::string &output) {
    const bool tensor = output == "y" || output == "dx";
    return tensor ? recorded.type() : recorded.parameter_type();
}

/// Cases with an output that the library does not have, by the reason.
using NotOurs = std::map<std::string, std::set<std::string>>;

/// The outputs of a case that the library has.
std::vector<std::string> outputs_of(const Case &recorded, NotOurs &not_ours_by_reason) {
    std::vector<std::string> result;
    for (const auto &[name, values] : recorded.outputs) {
        const std::string reason = not_ours(recorded, name);
        if (!reason.empty())
            not_ours_by_reason[reason].insert(recorded.name);
        else
            result.push_back(name);
    }
    return result;
}

void print(const Recording &recording, const std::map<std::string, Apart> &apart, const NotOurs &not_ours_by_reason) {
    Apart all;
    for (const auto &[output, a] : apart) all.add(a);
    std::cout << "\n"
              << recording.implementation << " (" << recording.provenance << "): " << recording.cases.size() << " cases, "
              << all.values << " values; largest error " << std::setprecision(3) << all.ulps << " ulp(S), " << all.share
              << " of its bound\n";
    for (const auto &[output, a] : apart) {
        std::cout << "  " << std::left << std::setw(17) << output << std::right << std::setw(6) << a.values
                  << " values, largest error " << a.ulps << " ulp(S), " << a.share << " of its bound; bounds up to "
                  << a.bound << " ulp(S)\n";
    }
    for (const auto &[reason, names] : not_ours_by_reason)
        std::cout << "  not compared in " << names.size() << " cases: " << reason << "\n";
}

/// Runs a case with the running statistics that it begins with.
Ran run(const Case &recorded, const std::map<std::string, Ran> &done) {
    const Ran *before = recorded.continues.empty() ? nullptr : &done.at(recorded.continues);
    const auto runner = recorded.implementation == "mxnet_v1" ? &run_mxnet_v1 : &run_case;
    Ran ran{runner(recorded, before != nullptr ? &before->ours : nullptr), {}};
    ran.bounds = bounds_of(recorded, before != nullptr ? before->ours : recorded.inputs,
                           before != nullptr ? &before->bounds : nullptr);
    return ran;
}

} // namespace

TEST_CASE("outputs recorded from other implementations are ours") {
    const auto recordings = read_recordings();
    REQUIRE_FALSE(recordings.empty());
    if (!std::getenv(kDirectoryVariable)) REQUIRE(recordings.size() == 4);
    for (const Recording &recording : recordings) {
        std::map<std::string, Ran> done;
        std::map<std::string, Apart> worst;
        NotOurs not_ours_by_reason;
        for (const Case &recorded : recording.cases) {
            INFO(recording.implementation << ": " << recorded.name);
            const auto outputs = outputs_of(recorded, not_ours_by_reason);
            const Ran &ran = done[recorded.name] = run(recorded, done);
            for (const std::string &output : outputs) {
                const auto &expected = recorded.outputs.at(output), &ours = ran.ours.at(output);
                const Apart apart = compare(type_of(recorded, output), ours, expected, ran.bounds.at(output));
                INFO(output << "[" << apart.at << "]: " << std::setprecision(9) << ours[apart.at] << ", recorded "
                            << expected[apart.at]);
                CHECK(apart.share <= 1);
                worst[output].add(apart);
            }
        }
        CHECK(done.size() == recording.cases.size());
        print(recording, worst, not_ours_by_reason);
    }
}

/// Roundings of a half-precision type by which a number is moved so that it must be noticed.
constexpr double kNoticed = 24;

TEST_CASE("a recording with one number off by a thousandth, or a wrong formula, is noticed") {
    for (const Recording &recording : read_recordings()) {
        std::map<std::string, Ran> done;
        NotOurs not_ours_by_reason;
        for (const Case &recorded : recording.cases) {
            INFO(recording.implementation << ": " << recorded.name);
            const auto outputs = outputs_of(recorded, not_ours_by_reason);
            // Where the mean is 10^3 to 10^4 times sigma, f32 sums of others leave less than three digits.
            if (recorded.name.find("large_mean") == 0) continue;
            const Ran &ran = done[recorded.name] = run(recorded, done);
            const nf_dtype narrowest =
                testing::precision_of(recorded.type()).digits < testing::precision_of(recorded.parameter_type()).digits
                    ? recorded.type()
                    : recorded.parameter_type();
            const double step = std::max(1e-3, kNoticed * testing::rounding(narrowest));
            for (const std::string &output : outputs) {
                auto wrong = recorded.outputs.at(output);
                const auto &scale = ran.bounds.at(output).scale;
                const size_t at = std::max_element(scale.begin(), scale.end()) - scale.begin();
                wrong[at] += step * (scale[at] > 0 ? scale[at] : 1);
                INFO(output);
                CHECK(compare(recorded.type(), ran.ours.at(output), wrong, ran.bounds.at(output)).share > 1);
            }
            auto shuffled = recorded.outputs.at("y");
            std::rotate(shuffled.begin(), shuffled.begin() + 1, shuffled.end());
            CHECK(compare(recorded.type(), ran.ours.at("y"), shuffled, ran.bounds.at("y")).share > 1);
        }
    }
}

} // namespace normforge::conformance
