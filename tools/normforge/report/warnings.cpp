// SPDX-License-Identifier: MIT
// Looks for what makes times incomparable.
#include "tools/normforge/report/warnings.h"

#include "tools/normforge/bench/summary.h"
#include "tools/normforge/report/row.h"
#include "tools/normforge/report/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace normforge::report {

namespace {

using Names = std::set<std::string>;

/// A/A noise above this is worth a warning: differences of that size mean nothing then.
constexpr double kLargeNoise = 1.05;

void require_one(const char *what, const Names &names, std::vector<std::string> &warnings) {
    if (names.size() > 1)
        warnings.push_back(fmt::format("The files are of different {}: {}. Times of different {} do not compare.", what,
                                       fmt::join(names, ", "), what));
}

void compare_sources(const Input &input, std::vector<std::string> &warnings) {
    Names machines, versions, halide, llvm, compilers;
    std::map<std::string, Names> peers;
    for (const auto &file : input.benches) {
        machines.insert(file.processor);
        versions.insert("normforge " + file.normforge);
        for (const auto &[name, version] : file.peers) peers[name].insert(name + " " + version);
    }
    for (const auto &one : input.measurements()) {
        machines.insert(one.device);
        versions.insert("normforge " + one.normforge);
        halide.insert("Halide " + one.halide);
        llvm.insert("LLVM " + one.llvm);
        if (!one.compiler.empty()) compilers.insert("compiler " + one.compiler);
    }
    require_one("machines", machines, warnings);
    for (const auto *names : {&versions, &halide, &llvm, &compilers}) require_one("versions", *names, warnings);
    for (const auto &[name, names] : peers) require_one("versions", names, warnings);
}

void check_repetitions(const Input &input, std::vector<std::string> &warnings) {
    std::map<std::string, int> counts;
    for (const auto &one : all_cases(input)) counts[one.where()]++;
    const auto repeated = [](const auto &entry) { return entry.second > 1; };
    const auto number = std::count_if(counts.begin(), counts.end(), repeated);
    if (number > 0)
        warnings.push_back(fmt::format("{} of {} cases stand in the files more than once, e.g. {}. All are shown, and count "
                                       "in every mean.",
                                       number, counts.size(), std::find_if(counts.begin(), counts.end(), repeated)->first));
}

void check_measurement(const Input &input, std::vector<std::string> &warnings) {
    const auto cases = all_cases(input);
    const auto summary = bench::summarise(cases);
    if (!summary.trusted()) {
        std::vector<std::string> shares;
        for (const auto &[name, one] : summary.disturbed) {
            if (one.preempted > 0) shares.push_back(fmt::format("{} {:.0f} %", name, 100 * one.preempted_share()));
        }
        warnings.push_back(fmt::format("Other processes took cores away while this was measured, in so many samples: {}. Do "
                                       "not trust the ratios; repeat on an idle machine, or with fewer threads.",
                                       fmt::join(shares, ", ")));
    }
    const auto noisy = std::count_if(cases.begin(), cases.end(), [](const auto &one) { return one.noise() > kLargeNoise; });
    if (noisy > 0)
        warnings.push_back(fmt::format(
            "normforge differs from itself by more than {:.0f} % in {} of {} cases, most by {:.0f} % "
            "({}). Differences of that size mean nothing there.",
            100 * (kLargeNoise - 1), noisy, cases.size(), 100 * (summary.noise.worst - 1), summary.noise.worst_case));
}

} // namespace

void check_results(const Input &input, std::vector<std::string> &warnings) {
    for (const auto &file : input.verifications) {
        const auto failed = std::find_if(file.problems.begin(), file.problems.end(),
                                         [](const VerifiedProblem &one) { return one.failures > 0; });
        if (failed != file.problems.end())
            warnings.push_back(fmt::format("{} of verification {} failed, the first of {}. Times of wrong results mean "
                                           "nothing.",
                                           count_text(file.failures(), "comparison"), file.name, failed->problem));
    }
}

std::vector<std::string> find_warnings(const Input &input) {
    std::vector<std::string> warnings;
    for (const auto &skipped : input.skipped()) warnings.push_back("Skipped: " + skipped);
    compare_sources(input, warnings);
    check_repetitions(input, warnings);
    check_measurement(input, warnings);
    check_results(input, warnings);
    return warnings;
}

} // namespace normforge::report
