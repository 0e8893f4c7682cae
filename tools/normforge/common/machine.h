// SPDX-License-Identifier: MIT
// What this machine is, for the head of reports: processor, caches, which targets it can run, versions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge {

struct Machine {
    std::string processor;             ///< as the operating system names it
    int logical_cpus = 0;              ///< this process may run on
    std::vector<std::string> features; ///< of the instruction set, those that kernels care about
    int64_t l1_bytes = 0;              ///< per core, data
    int64_t l2_bytes = 0;              ///< per core
    int64_t last_level_bytes = 0;      ///< the largest cache; a virtual machine may see the whole host's
    std::vector<std::string> targets;  ///< of registered kernels, those that run here
};

Machine this_machine();

/// Three lines of text.
std::string describe(const Machine &machine);
nlohmann::json to_json(const Machine &machine);

/// "48.0 KiB", "32.0 MiB"
std::string format_bytes(int64_t bytes);

} // namespace normforge
