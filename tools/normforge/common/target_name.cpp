// SPDX-License-Identifier: MIT
// The check of a target's name, see target_name.h.
#include "tools/normforge/common/target_name.h"

#include "runtime/targets.h"
#include "tools/normforge/common/choices.h"

#include <fmt/format.h>

namespace normforge {

const CLI::Validator kTargetName(
    [](std::string &name) {
        if (name == kNative || find_target(name)) return std::string();
        return fmt::format("unknown target '{}', expected {} or one of: {}", name, kNative, target_choices());
    },
    braced(std::string(kNative) + ", " + target_choices()));

} // namespace normforge
