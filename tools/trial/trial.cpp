// SPDX-License-Identifier: MIT
// Checks with the runner of the kernel tests, times with the benchmark's loop.
#include "tools/trial/trial.h"

#include "tests/support/compare.h"
#include "tools/normforge/bench/measure.h"
#include "tools/normforge/common/kernel_library.h"

#include <algorithm>
#include <fmt/format.h>
#include <new>
#include <stdexcept>

namespace normforge {

namespace {

using testing::Edge;

/// A sample with a page fault is taken again; where none of a round is without, the rounds of the three are no longer side
/// by side, and all are timed once more.
constexpr int kMostAttempts = 3;

TrialAnswer failure(Outcome outcome, const std::string &message) {
    return {outcome, message, {}, {}, {}};
}

} // namespace

Trial::Trial(TrialOptions options)
    : options_(std::move(options)),
      inputs_(testing::make_inputs(options_.problem.description, {})),
      expected_(options_.problem, inputs_, Edge::end),
      poisoned_(options_.problem, inputs_, Edge::end),
      operands_(options_.problem, options_.cache_bytes, true) {
    // The reference passes these bits, so it would pass a candidate that has the same.
    execute(options_.problem, expected_, {options_.variant, 1});
    const testing::Results results = read_results(options_.problem, expected_);
    const testing::Comparison comparison = compare(options_.problem, inputs_, results);
    if (!comparison.within_bounds()) {
        throw std::runtime_error(fmt::format("{}: {} is over its bound: {}", to_string(options_.problem), options_.variant,
                                             testing::to_string(comparison, true)));
    }
}

/// Why the candidate is wrong, empty if it is not.
std::string Trial::wrong(const TrialRequest &request) {
    try {
        if (request.guard_begin) poisoned_ = testing::GuardedOperands(options_.problem, inputs_, Edge::begin);
        const Edge edge = request.guard_begin ? Edge::begin : Edge::end;
        execute(options_.problem, poisoned_, {request.variant, options_.threads, edge});
    } catch (const testing::RunFailure &failed) {
        return failed.what();
    }
    const std::string difference = poisoned_.difference(expected_);
    return difference.empty() ? "" : "not what the default kernel computes: " + difference;
}

std::unique_ptr<bench::Competitor> Trial::competitor(const std::string &variant) const {
    Problem problem = options_.problem;
    problem.description.variant = variant.c_str();
    auto made = bench::make_ours(problem, operands_, options_.threads);
    touch(*made, operands_.slots());
    return made;
}

TrialAnswer Trial::run(const TrialRequest &request) {
    try {
        load_kernel_library(request.library);
    } catch (const std::runtime_error &error) {
        return failure(Outcome::compile, error.what());
    }
    try {
        if (const std::string why = wrong(request); !why.empty()) return failure(Outcome::wrong, why);
        const auto candidate = competitor(request.variant), standard = competitor(options_.variant);
        bench::Rounds rounds;
        rounds.least = request.least_rounds;
        rounds.most = request.most_rounds;
        rounds.seconds = request.seconds;
        rounds.enough = static_cast<size_t>(request.most_rounds); // nobody sits out a round
        for (int attempt = 0; attempt < kMostAttempts; attempt++) {
            const auto series = bench::measure({candidate.get(), standard.get(), standard.get()}, operands_.slots(), rounds);
            const size_t taken = series[0].milliseconds.size();
            const bool comparable = taken >= static_cast<size_t>(request.least_rounds) &&
                                    std::all_of(series.begin(), series.end(),
                                                [&](const bench::Series &one) { return one.milliseconds.size() == taken; });
            if (comparable)
                return {Outcome::measured, "", series[0].milliseconds, series[1].milliseconds, series[2].milliseconds};
        }
        return failure(Outcome::disturbed, "timed calls took page faults, so that rounds cannot be compared");
    } catch (const std::bad_alloc &) {
        return failure(Outcome::memory, "no memory for the operands");
    } catch (const std::runtime_error &error) {
        return failure(Outcome::wrong, error.what());
    }
}

} // namespace normforge
