// SPDX-License-Identifier: MIT
// Writes SVG that stands inside an HTML page: shapes have classes, whose colours and strokes the page's style sheet says.
#pragma once

#include <string>
#include <vector>

namespace normforge::report {

struct Spot {
    double x, y;
};

/// Shapes, so that colour is never the only sign. `rule` is a short vertical line, `dash` a horizontal one.
enum class Marker { circle, diamond, square, triangle, cross, rule, dash };

enum class Anchor { start, middle, end };

class Svg {
public:
    /// `id` is unique on the page; title and description are what a screen reader says.
    Svg(double width, double height, const std::string &id, const std::string &title, const std::string &description);

    void line(Spot from, Spot to, const std::string &style);
    void polyline(const std::vector<Spot> &spots, const std::string &style);
    void text(Spot at, const std::string &text, const std::string &style, Anchor anchor = Anchor::start);
    /// Text that reads upwards, centred.
    void upright(Spot at, const std::string &text, const std::string &style);
    /// `tooltip`: shown by browsers under the pointer, without a script; none if empty.
    void marker(Marker shape, Spot at, double size, const std::string &style, const std::string &tooltip = "");
    /// Many markers without tooltips as one path.
    void rules(const std::vector<Spot> &spots, double size, const std::string &style);

    double width() const { return width_; }
    double height() const { return height_; }
    std::string str() const { return text_ + "</svg>\n"; }

private:
    double width_, height_;
    std::string text_;
};

/// For a legend: one marker alone, hidden from screen readers.
std::string marker_sample(Marker shape, const std::string &style);
/// The same of a line.
std::string line_sample(const std::string &style);

} // namespace normforge::report
