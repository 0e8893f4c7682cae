// SPDX-License-Identifier: MIT
// From databases to kernel sets: what `normforge gen --tuned` compiles for each problem.
#pragma once

#include "generators/kernel_sets/from_problems.h"
#include "generators/tuning/database.h"

#include <map>
#include <string>
#include <vector>

namespace normforge {

class TunedChoices {
public:
    /// Reads the databases of the targets: `files`, preferred first, or else the user's and then those that came with this
    /// program. Throws std::runtime_error if a file that was named is not there or cannot be used, or if a target has none.
    TunedChoices(const std::vector<std::string> &targets, const std::vector<std::string> &files, std::string device,
                 int threads);

    /// "FILE: entry 3 (PROBLEM): why" of entries that cannot be used.
    const std::vector<std::string> &refused() const { return refused_; }

    /// What to compile for a problem; counts the rung.
    TunedChoice choose(const Problem &problem, const VariantName &kernel, bool can_stream);

    /// "12 exact, 3 nearest shape, 1 default; of these 4 keep the kernel for any shape"
    std::string summary() const;

private:
    void read(const std::string &target, const std::string &file);

    std::map<std::string, std::vector<Database>> databases_; ///< by family_of() target
    std::vector<std::string> refused_;
    std::string device_;
    int threads_;
    std::map<Rung, int> rungs_;
    int kept_ = 0;
};

} // namespace normforge
