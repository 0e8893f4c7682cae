// SPDX-License-Identifier: MIT
// Variants that one of Halide's autoschedulers schedules instead of us: kept for comparison, run only when forced. Words of
// their tag say which one and what it is told:
//   n8_c64_s3136_adams2019_threads2_seed3
// The shape gives the extents it reckons with; threads: the threads it reckons with; seed, of adams2019 alone: a random
// schedule instead of the best one that it finds.
#pragma once

#include "generators/tuning/variant_facts.h"

#include <map>
#include <optional>
#include <string>

namespace normforge {

struct Autoscheduler {
    std::string name;   ///< as Halide calls it: "Adams2019"
    std::string plugin; ///< of Halide's: "autoschedule_adams2019"
    int threads;
    std::optional<int> seed;

    /// Its parameters, by Halide's names.
    std::map<std::string, std::string> parameters() const;
};

/// The autoscheduler that a variant's tag names, if it does. Throws std::invalid_argument, which names the tag, if it names
/// two, or lacks threads or the shape, or has words that do not go together.
std::optional<Autoscheduler> autoscheduler_of(const VariantName &variant);

} // namespace normforge
