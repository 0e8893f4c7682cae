// SPDX-License-Identifier: MIT
// The page's frame and tables. The policy in its head makes browsers refuse whatever lies outside the page.
#include "tools/normforge/report/html.h"

#include "tools/normforge/report/text.h"

#include <fmt/format.h>

namespace normforge::report {

std::string page(const std::string &title, const std::string &subtitle, const std::vector<Section> &sections) {
    std::string text =
        fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
                    "script-src 'unsafe-inline'\">\n"
                    "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body>\n<header>\n<h1>{0}</h1>\n<p>{2}</p>\n"
                    "<nav aria-label=\"Sections\"><ul>",
                    escape(title), kStyleSheet, escape(subtitle));
    for (const auto &section : sections)
        text += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id, escape(section.title));
    text += "</ul></nav>\n</header>\n<main>\n";
    for (const auto &section : sections) {
        text +=
            fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}</section>\n",
                        section.id, escape(section.title), section.body);
    }
    return text + fmt::format("</main>\n<script>\n{}</script>\n</body>\n</html>\n", kScript);
}

std::string paragraph(const std::string &text) {
    return "<p>" + escape(text) + "</p>\n";
}

void HtmlTable::add(const std::vector<Cell> &cells) {
    rows_ += "<tr>";
    for (size_t i = 0; i < cells.size(); i++) {
        const Column &column = columns_.at(i);
        const char *element = i == 0 ? "th scope=\"row\"" : "td";
        rows_ += fmt::format("<{} data-label=\"{}\" class=\"{}{}\"", element, escape(column.title),
                             column.number ? "number" : "text", cells[i].html == kNone ? " none" : "");
        if (!cells[i].sorted_by.empty()) rows_ += fmt::format(" data-sort=\"{}\"", cells[i].sorted_by);
        rows_ += fmt::format(">{}</{}>", cells[i].html, i == 0 ? "th" : "td");
    }
    rows_ += "</tr>\n";
}

std::string HtmlTable::str() const {
    std::string text = fmt::format("<div class=\"scroll\"><table>\n<caption>{}</caption>\n<thead><tr>", escape(name_));
    for (const auto &column : columns_) {
        text += fmt::format("<th scope=\"col\"{}{}>{}</th>", column.number ? " class=\"number\"" : "",
                            column.explanation.empty() ? "" : fmt::format(" title=\"{}\"", escape(column.explanation)),
                            escape(column.title));
    }
    return text + "</tr></thead>\n<tbody>\n" + rows_ + "</tbody>\n</table></div>\n";
}

} // namespace normforge::report
