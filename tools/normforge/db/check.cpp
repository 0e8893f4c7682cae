// SPDX-License-Identifier: MIT
// The checks of `normforge db check`, see check.h.
#include "tools/normforge/db/check.h"

#include "tools/normforge/tune/main_kernel.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge {

std::vector<std::string> faults(const LoadedDatabase &loaded, const std::string &name, const ConfigurationCheck &check) {
    std::vector<std::string> faults = loaded.refused;
    for (const TunedEntry &entry : loaded.database.entries) {
        const std::string fault = check(entry, loaded.database.target);
        if (!fault.empty())
            faults.push_back(
                fmt::format("{}: {} on {}, {} threads: {}", name, entry.problem, entry.device, entry.threads, fault));
    }
    return faults;
}

std::string configuration_fault(const TunedEntry &entry, const std::string &target) {
    if (entry.configuration == kDefaultConfiguration) return "";
    try {
        main_kernel(parse_problem(entry.problem), target).space().parse(entry.configuration);
    } catch (const std::exception &error) {
        return error.what();
    }
    return "";
}

} // namespace normforge
