// SPDX-License-Identifier: MIT
// What `normforge bench --json` wrote, read again.
#pragma once

#include "tools/normforge/bench/result.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace normforge::report {

struct BenchFile {
    std::string name;                                       ///< of the file
    std::string normforge, time;                            ///< version; when it was measured, "" if the file does not say
    std::vector<std::pair<std::string, std::string>> peers; ///< name, version
    std::string processor;
    int64_t cpus = 0, l1_bytes = 0, l2_bytes = 0, last_level_bytes = 0;
    std::vector<std::string> features;
    std::vector<int> threads;
    std::vector<bench::Case> cases;
};

/// Throws std::runtime_error with the file and the key at fault.
BenchFile read_bench_file(const nlohmann::json &document, const std::string &name);

} // namespace normforge::report
