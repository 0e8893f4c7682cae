// SPDX-License-Identifier: MIT
// What many cases say together: geometric means, the worst case, how far to trust them.
#pragma once

#include "tools/normforge/bench/result.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge::bench {

/// One ratio over a set of cases.
struct Statistic {
    size_t cases = 0;
    double geometric_mean = 0;
    double worst = 0;
    std::string worst_case; ///< Case::where()
};

/// How often samples were disturbed, of one competitor or of all.
struct Disturbed {
    size_t samples = 0; ///< that count
    int faulted = 0;    ///< samples thrown away
    long page_faults = 0;
    int preempted = 0;    ///< that count all the same
    bool compared = true; ///< false if no ratio is made of them, see Case::information
    double preempted_share() const { return samples ? preempted / static_cast<double>(samples) : 0; }
};

struct Summary {
    /// Against the faster peer of each case.
    struct Group {
        std::string word; ///< "op", "layout", "epilogue", ..., "layout_op"
        std::string value;
        std::string label; ///< in the text: "op forward_train", "nchw forward_train"
        double geometric_mean;
    };
    Statistic faster_peer;
    std::vector<Group> groups;
    std::vector<std::pair<std::string, Statistic>> peers; ///< against each by its name
    size_t slower = 0;                                    ///< cases slower than the faster peer by more than the noise

    std::vector<std::pair<std::string, Statistic>> references; ///< "copy", "triad", "floor", as far as there are such cases
    Statistic noise;
    Disturbed all;
    std::vector<std::pair<std::string, Disturbed>> disturbed; ///< by competitor

    /// No competitor was preempted so often that its times are those of other processes.
    bool trusted() const;
};

Summary summarise(const std::vector<Case> &cases);

/// The lines after the table, "" of no case.
std::string to_text(const Summary &summary);

nlohmann::json to_json(const Summary &summary);

} // namespace normforge::bench
