// SPDX-License-Identifier: MIT
// The checks of `normforge db check`, see check.h.
#include "tools/normforge/db/check.h"

#include "generators/tuning/parameters.h"
#include "runtime/names.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge {

std::vector<std::string> faults(const LoadedDatabase &loaded, const std::string &name, const ConfigurationCheck &check) {
    std::vector<std::string> faults = loaded.refused;
    for (const TunedEntry &entry : loaded.database.entries) {
        const std::string fault = check(entry);
        if (!fault.empty())
            faults.push_back(
                fmt::format("{}: {} on {}, {} threads: {}", name, entry.problem, entry.device, entry.threads, fault));
    }
    return faults;
}

std::string configuration_fault(const TunedEntry &entry) {
    const std::string store = "store=", &text = entry.configuration;
    const size_t end = std::min(text.find(' '), text.size());
    const bool has_store = text.rfind(store, 0) == 0;
    if (const std::string policy = text.substr(store.size(), end - store.size());
        has_store && policy != name_of(NF_STORE_CACHED) && policy != name_of(NF_STORE_STREAM))
        return fmt::format("store policy is '{}', expected cached or stream", policy);
    try {
        parse_parameters(has_store ? text.substr(end) : text);
    } catch (const std::invalid_argument &error) {
        return error.what();
    }
    return "";
}

} // namespace normforge
