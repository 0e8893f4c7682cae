// SPDX-License-Identifier: MIT
// The candidates for one kernel: its store policy and those schedule parameters that change its code, without combinations
// that give the same code or are known to be useless. Text of a candidate, its configuration:
//   store=stream vector=16 unroll=4 sum_vectors=8 prefetch_tiles=1 prefetch_channels=1
#pragma once

#include "generators/tuning/parameters.h"

#include <string>
#include <vector>

namespace normforge {

/// One choice that a search makes: a schedule parameter, or the store policy ("store": 0 cached, 1 stream).
struct Dimension {
    std::string name;
    std::vector<int> values; ///< ascending
    size_t default_index;
};

/// A candidate: an index into each dimension's values.
using Point = std::vector<size_t>;

class Space {
public:
    /// `can_stream`: whether streaming stores fit the problem; otherwise `store` has one value. `default_store` is what the
    /// plan chooses, cached or stream. Throws std::invalid_argument if the two contradict each other or the op.
    Space(const VariantName &kernel, bool can_stream, nf_store default_store);

    /// A space of exactly these candidates, the first of them the default: what a journal recorded, whatever the kernel's
    /// space is by now. Throws std::invalid_argument if their dimensions differ or a candidate comes twice.
    explicit Space(const std::vector<std::string> &configurations);

    const std::vector<Dimension> &dimensions() const { return dimensions_; }

    /// All candidates, the default first.
    const std::vector<Point> &points() const { return points_; }
    size_t size() const { return points_.size(); }

    /// Whether the point is one of points().
    bool allowed(const Point &point) const;

    /// What resolve() and the plan choose.
    Point default_point() const;

    /// Where a search should begin, best guess first: the default, then a few that are known to win on some machine or
    /// shape.
    std::vector<Point> seeds() const;

    /// The text of a candidate, empty for a kernel without choices, and back. The parser takes the words in any order and
    /// throws std::invalid_argument that says what came and what was expected.
    std::string configuration(const Point &point) const;
    Point parse(const std::string &configuration) const;

    /// What the compiler takes: the configuration without the store policy.
    std::string parameters(const Point &point) const;
    nf_store store(const Point &point) const;

private:
    size_t number(const Point &point) const;
    void add(const Point &point);
    bool has_store_policy() const;
    std::string words(const Point &point, size_t first) const;
    Point read(const std::string &configuration) const;

    std::vector<Dimension> dimensions_;
    std::vector<Point> points_;
    std::vector<bool> allowed_; ///< by number(): all combinations, the first dimension slowest
};

/// 16 hex digits that change whenever names, ranges, defaults, values or constraints do.
std::string space_signature();

} // namespace normforge
