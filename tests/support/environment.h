// SPDX-License-Identifier: MIT
// An environment variable for the length of a test.
#pragma once

#include <cstdlib>
#include <string>

namespace normforge::testing {

struct Environment {
    const char *name;
    Environment(const char *variable, const std::string &value) : name(variable) { setenv(variable, value.c_str(), 1); }
    ~Environment() { unsetenv(name); }
    Environment(const Environment &) = delete;
    Environment &operator=(const Environment &) = delete;
};

} // namespace normforge::testing
