// SPDX-License-Identifier: MIT
// Errors that are no problem's own.
#pragma once

#include <stdexcept>

namespace normforge {

/// Thrown where the other problems would fail alike, or their measurements be lost: a full disk, a compiler that is not
/// there.
class RunStopped : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace normforge
