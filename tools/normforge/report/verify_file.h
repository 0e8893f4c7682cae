// SPDX-License-Identifier: MIT
// What `normforge verify --json` wrote, read again: how far from the float64 reference each problem's results are.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace normforge::report {

struct VerifiedProblem {
    std::string problem;
    int64_t variants = 0; ///< that were compared with the reference
    int64_t failures = 0; ///< of these: over the bound, or could not run
    /// The result that came nearest to its bound, or went over it; nothing if none was compared.
    struct Nearest {
        std::string variant, output;
        double error, bound;
        double share() const { return error > 0 ? error / bound : 0; } ///< 1 is the limit
    };
    std::optional<Nearest> nearest;
};

struct VerifyFile {
    std::string name; ///< of the file
    std::vector<VerifiedProblem> problems;

    size_t failures() const;

    /// Of all problems the one with the largest share of its bound, null if there is none.
    const VerifiedProblem *worst() const;
};

/// Throws std::runtime_error with the file and the key at fault.
VerifyFile read_verify_file(const nlohmann::json &document, const std::string &name);

} // namespace normforge::report
