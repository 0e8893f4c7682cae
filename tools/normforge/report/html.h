// SPDX-License-Identifier: MIT
// The HTML of the report: the page around its sections, and tables.
#pragma once

#include <string>
#include <vector>

namespace normforge::report {

struct Section {
    std::string id, title;
    std::string body; ///< HTML
};

/// A whole page, with nothing outside it: style sheet, and a script without which it works as well.
std::string page(const std::string &title, const std::string &subtitle, const std::vector<Section> &sections);

/// "<p>", escaped.
std::string paragraph(const std::string &text);

/// A table that becomes a list of cards on narrow screens; columns can be sorted where scripts run.
class HtmlTable {
public:
    struct Column {
        std::string title;
        bool number = true;
        std::string explanation = ""; ///< shown under the pointer
    };
    /// `name`: what a screen reader calls the table; not escaped yet.
    HtmlTable(std::string name, std::vector<Column> columns) : name_(std::move(name)), columns_(std::move(columns)) {}

    struct Cell {
        std::string html;
        std::string sorted_by = ""; ///< a number; else the text sorts
    };
    /// The first cell is the row's header.
    void add(const std::vector<Cell> &cells);

    std::string str() const;

private:
    std::string name_;
    std::vector<Column> columns_;
    std::string rows_;
};

extern const char *const kStyleSheet;
extern const char *const kScript;

} // namespace normforge::report
