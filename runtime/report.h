// SPDX-License-Identifier: MIT
// How C entry points report: no exception leaves them, each becomes a status and a text for nf_last_error().
#pragma once

#include "runtime/error.h"
#include <exception>

namespace normforge {

/// Keeps the text of a failure for nf_last_error() on this thread and returns the status.
nf_status report(const Status &status) noexcept;

/// For what the system refuses: memory, or a lock.
nf_status report_refusal_of_system(const char *reason) noexcept;

/// The text of the last failure on this thread, "" after none.
const char *last_error() noexcept;

/// Runs `body`, which returns a Status, and reports what it returns or throws.
template <class Body>
nf_status guarded(const Body &body) noexcept {
    try {
        return report(body());
    } catch (const std::exception &error) { // std::bad_alloc, or std::system_error from a lock
        return report_refusal_of_system(error.what());
    }
}

inline Status null_pointer(const char *argument) {
    return {NF_NULL_POINTER, std::string(argument) + " is null"};
}

} // namespace normforge
