// SPDX-License-Identifier: MIT
// One dimension of a space: where its values come from, and its text.
#pragma once

#include "generators/tuning/space.h"

#include <string>
#include <utility>
#include <vector>

namespace normforge {

inline constexpr const char *kStoreName = "store";

/// The store policy. Throws std::invalid_argument if the default is neither cached nor, where that fits, stream.
Dimension store_dimension(bool can_stream, nf_store default_store);
nf_store store_of(int value);

/// The values that a search tries, and the default.
Dimension parameter_dimension(const Parameter &parameter, const TargetFacts &facts, int element_bytes);

/// The dimensions of these configurations with the values that occur; the first one's are the defaults.
std::vector<Dimension> dimensions_of(const std::vector<std::string> &configurations);

/// The text of a value, of all values, and the index of one, the number of values if there is none such.
std::string value_text(const Dimension &dimension, size_t index);
std::string values_text(const Dimension &dimension);
size_t find_value(const Dimension &dimension, const std::string &text);

/// "name=value ..." in its order; std::invalid_argument for other words and for a name that comes twice.
using Words = std::vector<std::pair<std::string, std::string>>;
Words split_words(const std::string &configuration);

} // namespace normforge
