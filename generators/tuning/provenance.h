// SPDX-License-Identifier: MIT
// Where a measurement comes from: the fields that journal and database have in common.
#pragma once

#include "generators/tuning/json_fields.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace normforge {

struct Provenance {
    std::string device; ///< processor, as the operating system names it
    int threads = 1;
    std::string normforge, halide, llvm; ///< versions: another compiler may make other code of the same parameters
};

inline auto versions_of(const Provenance &from) {
    return std::tie(from.normforge, from.halide, from.llvm);
}

/// "normforge 0.1.0, Halide 19.0.0, LLVM 19.1.7"
std::string versions_text(const Provenance &from);

/// `others` and the keys of these fields, for JsonFields.
std::vector<std::string> with_provenance(std::vector<std::string> others);

/// Throws std::invalid_argument.
Provenance read_provenance(const JsonFields &fields);

/// Fields of a JSON object in their order: of the device, and of the versions.
using NamedValues = std::vector<std::pair<std::string, nlohmann::ordered_json>>;
NamedValues device_fields(const Provenance &from);
NamedValues version_fields(const Provenance &from);

} // namespace normforge
