// SPDX-License-Identifier: MIT
// Environment variables that tests set.
#pragma once

#include <cstdlib>

namespace normforge::testing {

/// An environment variable for the length of a test.
struct Environment {
    const char *name;
    Environment(const char *variable, const char *value) : name(variable) { setenv(variable, value, 1); }
    ~Environment() { unsetenv(name); }
    Environment(const Environment &) = delete;
    Environment &operator=(const Environment &) = delete;
};

} // namespace normforge::testing
