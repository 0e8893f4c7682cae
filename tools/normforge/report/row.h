// SPDX-License-Identifier: MIT
// The lines of the table of problems: what bench measured, joined with what the tuner found, and what only the tuner
// measured.
#pragma once

#include "tools/normforge/report/input.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace normforge::report {

struct Row {
    std::string problem;
    int threads = 0;
    const char *temperature = "cold";
    /// Of one call; nothing if the tuner found no candidate that works.
    struct Time {
        double median, least, most;
    };
    std::optional<Time> milliseconds;
    std::optional<double> gigabytes_per_second;
    std::string reference;          ///< copy or triad, "" of the tuner's
    std::optional<double> roofline; ///< share of the reference's bandwidth: reference / ours
    std::optional<double> to_floor; ///< ours / floor
    std::optional<double> over_default;
    std::vector<std::pair<std::string, double>> over_peers; ///< peer / ours, those that took part
    std::optional<double> noise;                            ///< ours against itself
    std::optional<double> error; ///< the largest share of its bound among all variants that were verified
    bool wrong = false;          ///< some variant is over its bound, or does not run
    std::string outcome;
    bool slower = false; ///< than the fastest peer, beyond the noise

    std::optional<double> over_peer(const std::string &name) const;
};

/// Cases of bench in the order of the files, then problems that only a journal has.
std::vector<Row> make_rows(const Input &input, const std::vector<Search> &searches);

/// Every peer that took part in some row, in the order of the alphabet.
std::vector<std::string> peers_of(const std::vector<Row> &rows);

/// All cases of all files of bench.
std::vector<bench::Case> all_cases(const Input &input);

} // namespace normforge::report
