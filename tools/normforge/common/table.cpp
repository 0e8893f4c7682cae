// SPDX-License-Identifier: MIT
// Column widths and padding.
#include "tools/normforge/common/table.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge {

std::string Table::text() const {
    std::vector<size_t> widths(rows_.front().size(), 0);
    for (const auto &row : rows_) {
        for (size_t column = 0; column < row.size(); column++) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    std::string text;
    for (const auto &row : rows_) {
        std::string line;
        for (size_t column = 0; column < row.size(); column++) {
            if (column > 0) line += "  ";
            const bool is_text = column < left_columns_ || (last_is_text_ && column + 1 == row.size());
            line += is_text ? fmt::format("{:<{}}", row[column], widths[column])
                            : fmt::format("{:>{}}", row[column], widths[column]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

} // namespace normforge
