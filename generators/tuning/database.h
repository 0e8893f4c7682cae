// SPDX-License-Identifier: MIT
// The tuning database: which configuration won for which problem, on which device, and how that was measured. One text file
// per target, reviewed like source. What the fields mean: docs/database.md.
#pragma once

#include "generators/tuning/provenance.h"
#include "runtime/problem.h"

#include <string>
#include <tuple>
#include <vector>

namespace normforge {

/// Milliseconds of one configuration over all rounds.
struct Timing {
    double median, least, most;
};

/// The configuration of an entry that says: nothing is better here than the kernel for any shape, with its defaults.
inline constexpr const char *kDefaultConfiguration = "default";

/// A winner. One that is the default is an entry as well, so that nobody searches for it again.
struct TunedEntry : Provenance {
    std::string problem;       ///< in the spelling of to_string()
    std::string configuration; ///< all choices, resolved: "store=stream vector=16 ..."
    Timing tuned{}, untuned{}; ///< of the same interleaved rounds; untuned: the default configuration
    int rounds = 1;
    std::string date; ///< "2026-01-31"
};

struct Database {
    std::string target;              ///< a name of the target table
    std::string signature;           ///< of the parameter space that the configurations belong to
    std::vector<TunedEntry> entries; ///< read from a file: sorted by key
};

/// A database has one entry for each of these.
inline std::tuple<std::string, std::string, int> key_of(const TunedEntry &entry) {
    return {entry.problem, entry.device, entry.threads};
}

/// Above 1: faster than the default.
inline double speed_up(const TunedEntry &entry) {
    return entry.untuned.median / entry.tuned.median;
}

struct LoadedDatabase {
    Database database;
    std::vector<std::string> refused; ///< "FILE: entry 3 (PROBLEM): why"; entries count from 1
};

/// Reads the text of a database; errors name it `name`. Throws std::runtime_error, and the whole is refused, if it is no
/// database, or one of another format, signature or target; an empty expectation accepts any. An entry that cannot be
/// used is left out and its reason kept.
LoadedDatabase parse_database(const std::string &text, const std::string &name, const std::string &expected_signature,
                              const std::string &expected_target = "");

/// The text of the file: entries sorted by key, in lines short enough to review.
std::string to_text(const Database &database);

/// How an entry was found, best first.
enum class Rung {
    exact,        ///< the same problem, on this device
    nearest,      ///< a similar shape of the same kernel, on this device
    architecture, ///< either, on another device of the target
    none          ///< nothing fits: the default
};

/// "exact", "nearest shape", "architecture", "default"
const char *name_of(Rung rung);

/// The nearest shape may be this far away, in doublings: a batch of 32 for one of 2, but not of 1. Further away the store
/// policy is likely to be wrong, and the default is the better guess.
inline constexpr double kFarthestDoublings = 4;

struct Lookup {
    Rung rung = Rung::none;
    const TunedEntry *entry = nullptr; ///< in the database; null if there is none
    double doublings = 0;              ///< distance of the entry's shape
};

/// The entry to use for a problem. On each rung the nearest shape counts first, then the nearest number of threads. Shapes
/// are compared in canonical form, n, c and s on a logarithmic scale, among problems that run the same kernel.
Lookup look_up(const Database &database, const Problem &problem, const std::string &device, int threads);

} // namespace normforge
