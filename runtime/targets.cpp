// SPDX-License-Identifier: MIT
// Look-ups in the table of targets, and the one test of whether this machine can run a target's code.
#include "runtime/targets.h"
#include "runtime/device/device.h"

namespace normforge {

const Target *find_target(std::string_view name) noexcept {
    for (const Target &target : kTargets)
        if (name == target.name) return &target;
    return nullptr;
}

bool target_usable(const Target &target) noexcept {
    return std::string_view(target.architecture) == cpu_architecture() &&
           (cpu_features() & target.features) == target.features && device_usable(target.device);
}

std::string target_choices() {
    std::string text;
    for (const Target &target : kTargets) {
        if (!text.empty()) text += ", ";
        text += target.name;
    }
    return text;
}

} // namespace normforge
