// SPDX-License-Identifier: MIT
// What this machine is, for the head of reports: processor, instruction set, caches.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge {

struct Machine {
    std::string processor;             ///< as the operating system names it
    int cpus = 0;                      ///< logical ones, of the whole machine; nf_threads() says how many may be used
    std::vector<std::string> features; ///< of the instruction set, those that kernels care about
    int64_t l1_bytes = 0;              ///< data, per core; of the largest where cores differ, as below
    int64_t l2_bytes = 0;              ///< per core
    int64_t last_level_bytes = 0;      ///< the outermost cache; a virtual machine may see the whole host's
};

/// Throws std::runtime_error if the topology cannot be read.
Machine this_machine();

/// Three lines of text.
std::string describe(const Machine &machine);

nlohmann::json to_json(const Machine &machine);

} // namespace normforge
