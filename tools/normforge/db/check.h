// SPDX-License-Identifier: MIT
// What is wrong with the entries of a tuning database.
#pragma once

#include "generators/tuning/database.h"

#include <functional>
#include <string>
#include <vector>

namespace normforge {

/// Why an entry's configuration cannot be used, "" if it can.
using ConfigurationCheck = std::function<std::string(const TunedEntry &, const std::string &target)>;

/// The reasons of parse_database(), then those of the configurations.
std::vector<std::string> faults(const LoadedDatabase &loaded, const std::string &name, const ConfigurationCheck &check);

/// Whether it is a candidate of the problem's kernel, or says that the default is best.
std::string configuration_fault(const TunedEntry &entry, const std::string &target);

} // namespace normforge
