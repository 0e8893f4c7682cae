// SPDX-License-Identifier: MIT
// Levenshtein's distance, one row of its table at a time.
#include "tools/normforge/common/near_matches.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace normforge {

namespace {

size_t distance(const std::string &a, const std::string &b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); i++) {
        size_t diagonal = row[0]++;
        for (size_t j = 0; j < b.size(); j++) {
            const size_t replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

std::vector<std::string> near_matches(const std::string &name, std::vector<std::string> choices) {
    constexpr size_t kCount = 3;
    std::map<std::string, size_t> distances;
    for (const std::string &choice : choices) distances[choice] = distance(name, choice);
    const auto nearer = [&](const std::string &a, const std::string &b) {
        return std::pair(distances[a], a) < std::pair(distances[b], b);
    };
    const size_t count = std::min(kCount, choices.size());
    std::partial_sort(choices.begin(), choices.begin() + static_cast<std::ptrdiff_t>(count), choices.end(), nearer);
    choices.resize(count);
    return choices;
}

} // namespace normforge
