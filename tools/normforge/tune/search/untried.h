// SPDX-License-Identifier: MIT
// The candidates that a strategy has neither proposed nor been told of, by their index in Space::points().
#pragma once

#include "generators/tuning/space.h"

#include <map>
#include <vector>

namespace normforge {

class Untried {
public:
    explicit Untried(const Space &space);

    /// The index of a point. Throws std::invalid_argument for a point outside the space.
    size_t index_of(const Point &point) const;

    bool contains(size_t index) const { return untried_[index]; }
    void take(size_t index);
    bool empty() const { return left_ == 0; }

private:
    std::map<Point, size_t> indices_;
    std::vector<bool> untried_;
    size_t left_;
};

} // namespace normforge
