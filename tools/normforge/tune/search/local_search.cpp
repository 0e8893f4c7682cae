// SPDX-License-Identifier: MIT
// Seeds first. Then the neighbourhoods of the best two candidates found, where a surrogate says which neighbour to try; when
// both are exhausted those of the next. Every eighth proposal looks beyond: where in the whole space the surrogate knows
// least and hopes most. The numbers are those that the simulator liked best, and it likes their neighbours nearly as well:
// docs/search.md.
#include "tools/normforge/tune/search/strategy.h"
#include "tools/normforge/tune/search/surrogate.h"
#include "tools/normforge/tune/search/untried.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace normforge {

namespace {

constexpr size_t kCentres = 2; // with one, noise of 2 % decides where to look
constexpr size_t kProposalsPerLookBeyond = 8;
constexpr double kHopeNear = 0.5; // standard deviations of the guess that a candidate may be better than guessed
constexpr double kHopeBeyond = 2;
constexpr double kFailure = 1.1; // a failure counts as the worst candidate so far, at least as this cost

class LocalSearch : public Strategy {
public:
    LocalSearch(const Space &space, uint64_t seed)
        : space_(space), untried_(space), surrogate_(space), random_(seed), seeds_(space.seeds()) {}

    std::optional<Point> next() override {
        if (untried_.empty()) return std::nullopt;
        const size_t chosen = choose();
        untried_.take(chosen);
        surrogate_.add(chosen);
        return space_.points()[chosen];
    }

    void tell(const Observation &observation) override {
        const size_t index = untried_.index_of(observation.point);
        untried_.take(index);
        surrogate_.add(index);
        if (observation.cost) {
            costs_[index] = *observation.cost;
            worst_ = std::max(worst_, *observation.cost);
        }
        surrogate_.set(index, std::log(observation.cost.value_or(worst_)));
    }

private:
    size_t choose() {
        while (next_seed_ < seeds_.size()) {
            const size_t seed = untried_.index_of(seeds_[next_seed_++]);
            if (untried_.contains(seed)) return seed;
        }
        const bool beyond = ++guided_ % kProposalsPerLookBeyond == 0;
        const std::vector<size_t> near = beyond ? std::vector<size_t>() : neighbours();
        return near.empty() ? most_promising(all_untried(), kHopeBeyond) : most_promising(near, kHopeNear);
    }

    std::vector<size_t> all_untried() const {
        std::vector<size_t> indices;
        for (size_t i = 0; i < space_.size(); i++) {
            if (untried_.contains(i)) indices.push_back(i);
        }
        return indices;
    }

    /// The untried neighbours of the best, or of the best that has any.
    std::vector<size_t> neighbours() const {
        std::vector<std::pair<double, size_t>> centres;
        for (const auto &[index, cost] : costs_) centres.emplace_back(cost, index);
        std::sort(centres.begin(), centres.end());
        const std::vector<size_t> untried = all_untried();
        std::vector<size_t> found;
        for (size_t k = 0; k < centres.size() && (k < kCentres || found.empty()); k++) {
            for (size_t candidate : untried) {
                if (differences(candidate, centres[k].second) == 1) found.push_back(candidate);
            }
        }
        return found;
    }

    size_t differences(size_t a, size_t b) const {
        const Point &p = space_.points()[a], &q = space_.points()[b];
        size_t count = 0;
        for (size_t d = 0; d < p.size(); d++) count += p[d] != q[d];
        return count;
    }

    /// The one with the least optimistic guess; of equals, one at random.
    size_t most_promising(const std::vector<size_t> &candidates, double hope) {
        const std::vector<Surrogate::Guess> guesses = surrogate_.guesses();
        double least = std::numeric_limits<double>::infinity();
        std::vector<size_t> best;
        for (size_t candidate : candidates) {
            const double guess = guesses[candidate].mean - hope * guesses[candidate].deviation;
            if (guess < least) least = guess, best.clear();
            if (guess == least) best.push_back(candidate);
        }
        return best[random_() % best.size()];
    }

    const Space &space_;
    Untried untried_;
    Surrogate surrogate_;
    std::mt19937_64 random_;
    std::vector<Point> seeds_;
    size_t next_seed_ = 0, guided_ = 0;
    std::map<size_t, double> costs_; ///< by index in points()
    double worst_ = kFailure;
};

} // namespace

std::unique_ptr<Strategy> make_local_search(const Space &space, uint64_t seed) {
    return std::make_unique<LocalSearch>(space, seed);
}

} // namespace normforge
