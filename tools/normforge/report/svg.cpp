// SPDX-License-Identifier: MIT
// Elements as text; coordinates to a tenth of a pixel.
#include "tools/normforge/report/svg.h"

#include "tools/normforge/report/text.h"

#include <fmt/format.h>

namespace normforge::report {

namespace {

/// The path of a marker whose half width is r, relative to where the path stands. A circle takes two arcs.
std::string outline(Marker shape, double r) {
    switch (shape) {
    case Marker::circle:
        return fmt::format("m{0:.1f} 0a{1:.1f} {1:.1f} 0 1 0 {2:.1f} 0a{1:.1f} {1:.1f} 0 1 0 {3:.1f} 0z", -r, r, 2 * r,
                           -2 * r);
    case Marker::diamond:
        return fmt::format("m0 {0:.1f}l{1:.1f} {1:.1f}l{0:.1f} {1:.1f}l{0:.1f} {0:.1f}z", -1.3 * r, 1.3 * r);
    case Marker::square: return fmt::format("m{0:.1f} {0:.1f}h{1:.1f}v{1:.1f}h{2:.1f}z", -r, 2 * r, -2 * r);
    case Marker::triangle: return fmt::format("m0 {0:.1f}l{1:.1f} {2:.1f}h{3:.1f}z", -1.2 * r, 1.2 * r, 2.1 * r, -2.4 * r);
    case Marker::cross: return fmt::format("m{0:.1f} {0:.1f}l{1:.1f} {1:.1f}m0 {2:.1f}l{2:.1f} {1:.1f}", -r, 2 * r, -2 * r);
    case Marker::rule: return fmt::format("m0 {:.1f}v{:.1f}", -r, 2 * r);
    case Marker::dash: return fmt::format("m{:.1f} 0h{:.1f}", -r, 2 * r);
    }
    return "";
}

const char *name_of(Anchor anchor) {
    return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

std::string sample(const std::string &content) {
    return "<svg class=\"sample\" viewBox=\"0 0 24 12\" width=\"24\" height=\"12\" aria-hidden=\"true\">" + content +
           "</svg>";
}

} // namespace

Svg::Svg(double width, double height, const std::string &id, const std::string &title, const std::string &description)
    : width_(width),
      height_(height),
      text_(fmt::format("<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\" "
                        "aria-labelledby=\"{2}-title {2}-description\">\n<title id=\"{2}-title\">{3}</title>\n"
                        "<desc id=\"{2}-description\">{4}</desc>\n",
                        width, height, id, escape(title), escape(description))) {}

void Svg::line(Spot from, Spot to, const std::string &style) {
    text_ += fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", style, from.x, from.y, to.x, to.y);
}

void Svg::polyline(const std::vector<Spot> &spots, const std::string &style) {
    std::string path;
    for (const Spot spot : spots) path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", spot.x, spot.y);
    text_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", style, path);
}

void Svg::text(Spot at, const std::string &text, const std::string &style, Anchor anchor) {
    text_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", style, at.x, at.y,
                         name_of(anchor), escape(text));
}

void Svg::upright(Spot at, const std::string &text, const std::string &style) {
    text_ += fmt::format(
        "<text class=\"{}\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n", style,
        at.x, at.y, escape(text));
}

void Svg::marker(Marker shape, Spot at, double size, const std::string &style, const std::string &tooltip) {
    text_ += fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}{}\"", style, at.x, at.y, outline(shape, size));
    text_ += tooltip.empty() ? "/>\n" : fmt::format("><title>{}</title></path>\n", escape(tooltip));
}

void Svg::rules(const std::vector<Spot> &spots, double size, const std::string &style) {
    std::string path;
    for (const Spot spot : spots) path += fmt::format("M{:.1f} {:.1f}{}", spot.x, spot.y, outline(Marker::rule, size));
    if (!path.empty()) text_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", style, path);
}

std::string marker_sample(Marker shape, const std::string &style) {
    return sample(fmt::format("<path class=\"{}\" d=\"M12 6{}\"/>", style, outline(shape, 4)));
}

std::string line_sample(const std::string &style) {
    return sample(fmt::format("<path class=\"{}\" d=\"M1 6h22\"/>", style));
}

} // namespace normforge::report
