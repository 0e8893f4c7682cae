// SPDX-License-Identifier: MIT
// Makes one tuning database of several.
#pragma once

#include "generators/tuning/database.h"

#include <string>
#include <vector>

namespace normforge {

struct NamedDatabase {
    std::string name; ///< for texts: its file
    Database database;
};

struct Merged {
    Database database;
    std::vector<std::string> decisions; ///< why which entry of a key that several have; equal entries need none
};

/// At least one database. For each key the newest entry says which versions count, and of the entries measured with these
/// the fastest relative to its default stays; so the order of the databases does not matter. Throws std::runtime_error if
/// they are for different targets or parameter spaces.
Merged merge(const std::vector<NamedDatabase> &databases);

} // namespace normforge
