// SPDX-License-Identifier: MIT
// Axes: from values to coordinates, ticks, grid and labels.
#pragma once

#include "tools/normforge/report/svg.h"

#include <functional>
#include <string>
#include <vector>

namespace normforge::report {

enum class Spacing { linear, logarithmic };

/// Maps values from `low` to `high` to coordinates.
class Scale {
public:
    Scale(Spacing spacing, double low, double high, double from, double to);
    double at(double value) const;
    double low() const { return low_; }
    double high() const { return high_; }

    /// Round values within the range, about `most` of them or fewer: 1, 2 and 5 times a power of ten.
    std::vector<double> ticks(size_t most) const;
    /// Powers of two, at most `most`.
    std::vector<double> binary_ticks(size_t most) const;

private:
    Spacing spacing_;
    double low_, high_, from_, to_;
};

/// A frame for data inside a figure, with grid lines and labels drawn.
class Plot {
public:
    struct Axis {
        Spacing spacing;
        double low, high;
        std::string label;  ///< with the unit
        bool bytes = false; ///< ticks are powers of two, "32.0 MiB"
    };
    Plot(Svg &svg, const Axis &x, const Axis &y);

    Spot at(double x, double y) const { return {x_.at(x), y_.at(y)}; }
    double left() const { return x_.at(x_.low()); }
    double right() const { return x_.at(x_.high()); }
    double top() const { return y_.at(y_.high()); }
    double bottom() const { return y_.at(y_.low()); }

private:
    Scale x_, y_;
};

/// "0.5", "20", "1.25": as short as it is exact for a tick.
std::string tick_text(double value);

} // namespace normforge::report
