// SPDX-License-Identifier: MIT
// Tables for people: columns as wide as their widest cell, text aligned left, numbers right.
#pragma once

#include <string>
#include <vector>

namespace normforge {

class Table {
public:
    /// The first `left_columns` columns hold text, the others numbers, but for the last if that is text, too.
    Table(std::vector<std::string> header, size_t left_columns, bool last_is_text = false)
        : rows_{std::move(header)}, left_columns_(left_columns), last_is_text_(last_is_text) {}

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    /// Header and rows, two spaces between columns, a newline after each.
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
    size_t left_columns_;
    bool last_is_text_;
};

} // namespace normforge
