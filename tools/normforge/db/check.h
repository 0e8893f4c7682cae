// SPDX-License-Identifier: MIT
// What is wrong with the entries of a tuning database.
#pragma once

#include "generators/tuning/database.h"

#include <functional>
#include <string>
#include <vector>

namespace normforge {

/// Why an entry's configuration cannot be used, "" if it can.
using ConfigurationCheck = std::function<std::string(const TunedEntry &)>;

/// The reasons of parse_database(), then those of the configurations.
std::vector<std::string> faults(const LoadedDatabase &loaded, const std::string &name, const ConfigurationCheck &check);

/// Knows the names and ranges of the schedule parameters and the words of the store policy, not which belong to a kernel.
std::string configuration_fault(const TunedEntry &entry);

} // namespace normforge
