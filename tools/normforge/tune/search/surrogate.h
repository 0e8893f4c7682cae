// SPDX-License-Identifier: MIT
// A guess of the costs of all candidates from those that were measured: kriging (a Gaussian process with fixed
// correlations). Points that differ in fewer dimensions, by fewer steps, are thought to cost more alike.
#pragma once

#include "generators/tuning/space.h"

#include <optional>
#include <vector>

namespace normforge {

class Surrogate {
public:
    explicit Surrogate(const Space &space);

    /// A candidate, by its index in Space::points(), whose value will be known: until then it counts as what the others say
    /// of it. Once is enough.
    void add(size_t index);

    /// The value of a candidate that was added; the last word counts.
    void set(size_t index, double value);

    struct Guess {
        double mean, deviation;
    };
    /// Of all candidates, in the order of Space::points().
    std::vector<Guess> guesses() const;

private:
    double correlation(size_t a, size_t b) const;

    const Space &space_;
    std::vector<size_t> added_;
    std::vector<std::optional<double>> values_; ///< of added_
    std::vector<std::vector<double>> factors_;  ///< of added_: how its error moves each candidate (a column of Cholesky's L)
    std::vector<double> roots_;                 ///< of added_: L's diagonal
    std::vector<double> variances_;             ///< of each candidate, of what is not known, relative to the whole
};

} // namespace normforge
