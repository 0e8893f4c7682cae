// SPDX-License-Identifier: MIT
// The benchmark's table: one line per case, printed as soon as it is known.
#pragma once

#include "tools/normforge/bench/result.h"

#include <string>
#include <vector>

namespace normforge::bench {

class Rows {
public:
    /// Prints the header, wide enough for these problems.
    explicit Rows(const std::vector<std::string> &problems);

    void add(const Case &result) const;

private:
    size_t width_ = 0;
};

} // namespace normforge::bench
