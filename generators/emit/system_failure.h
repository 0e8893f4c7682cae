// SPDX-License-Identifier: MIT
// What is thrown where a call of the system fails.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace normforge {

/// Takes the reason from errno.
inline std::system_error system_failure(const std::string &what) {
    return {errno, std::generic_category(), what};
}

} // namespace normforge
