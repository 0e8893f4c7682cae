// SPDX-License-Identifier: MIT
// Bookkeeping that all strategies share.
#include "tools/normforge/tune/search/untried.h"

#include <stdexcept>

namespace normforge {

Untried::Untried(const Space &space) : untried_(space.size(), true), left_(space.size()) {
    for (size_t i = 0; i < space.size(); i++) indices_[space.points()[i]] = i;
}

size_t Untried::index_of(const Point &point) const {
    const auto entry = indices_.find(point);
    if (entry != indices_.end()) return entry->second;
    std::string text;
    for (size_t index : point) text += (text.empty() ? "" : ",") + std::to_string(index);
    throw std::invalid_argument("point (" + text + ") is no candidate of the space");
}

void Untried::take(size_t index) {
    if (untried_[index]) left_--;
    untried_[index] = false;
}

} // namespace normforge
