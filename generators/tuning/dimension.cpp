// SPDX-License-Identifier: MIT
// Dimensions from the parameter table or from text.
#include "generators/tuning/dimension.h"

#include "runtime/names.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

namespace normforge {

namespace {

constexpr int kCached = 0, kStream = 1;

Dimension make_dimension(const std::string &name, const std::set<int> &values, int chosen) {
    const auto place = std::distance(values.begin(), values.find(chosen));
    return {name, {values.begin(), values.end()}, static_cast<size_t>(place)};
}

int value_from(const std::string &name, const std::string &text) {
    if (name == kStoreName && text == name_of(NF_STORE_CACHED)) return kCached;
    if (name == kStoreName && text == name_of(NF_STORE_STREAM)) return kStream;
    size_t used = 0;
    int value = 0;
    try {
        value = std::stoi(text, &used);
    } catch (const std::exception &) {
        used = 0;
    }
    if (name == kStoreName || used == 0 || used != text.size()) {
        throw std::invalid_argument("configuration: " + name + " is '" + text + "', expected " +
                                    (name == kStoreName ? "cached or stream" : "an integer"));
    }
    return value;
}

} // namespace

nf_store store_of(int value) {
    return value == kStream ? NF_STORE_STREAM : NF_STORE_CACHED;
}

Dimension store_dimension(bool can_stream, nf_store default_store) {
    const bool stream = default_store == NF_STORE_STREAM;
    if ((stream && !can_stream) || (!stream && default_store != NF_STORE_CACHED)) {
        throw std::invalid_argument(std::string("default_store is ") + name_of(default_store) + ", expected cached" +
                                    (can_stream ? " or stream" : ": streaming stores do not fit the problem"));
    }
    return make_dimension(kStoreName, can_stream ? std::set<int>{kCached, kStream} : std::set<int>{kCached},
                          stream ? kStream : kCached);
}

Dimension parameter_dimension(const Parameter &parameter, const TargetFacts &facts, int element_bytes) {
    const int chosen = parameter.default_value(facts, element_bytes);
    std::set<int> values = {chosen};
    for (int value : parameter.searched(facts, element_bytes)) {
        if (value >= parameter.minimum && value <= parameter.maximum) values.insert(value);
    }
    return make_dimension(parameter.name, values, chosen);
}

std::vector<Dimension> dimensions_of(const std::vector<std::string> &configurations) {
    const Words first = split_words(configurations.front());
    std::vector<std::set<int>> values(first.size());
    for (const std::string &configuration : configurations) {
        const Words words = split_words(configuration);
        const bool same = std::equal(words.begin(), words.end(), first.begin(), first.end(),
                                     [](const auto &a, const auto &b) { return a.first == b.first; });
        if (!same) {
            throw std::invalid_argument("configuration '" + configuration + "' has other names than '" +
                                        configurations.front() + "'");
        }
        for (size_t d = 0; d < words.size(); d++) values[d].insert(value_from(words[d].first, words[d].second));
    }
    std::vector<Dimension> dimensions;
    for (size_t d = 0; d < first.size(); d++)
        dimensions.push_back(make_dimension(first[d].first, values[d], value_from(first[d].first, first[d].second)));
    return dimensions;
}

std::string value_text(const Dimension &dimension, size_t index) {
    const int value = dimension.values[index];
    return dimension.name == kStoreName ? name_of(store_of(value)) : std::to_string(value);
}

std::string values_text(const Dimension &dimension) {
    std::string text;
    for (size_t i = 0; i < dimension.values.size(); i++) text += (i ? ", " : "") + value_text(dimension, i);
    return text;
}

size_t find_value(const Dimension &dimension, const std::string &text) {
    size_t index = 0;
    while (index < dimension.values.size() && value_text(dimension, index) != text) index++;
    return index;
}

Words split_words(const std::string &configuration) {
    Words words;
    std::istringstream stream(configuration);
    for (std::string word; stream >> word;) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos) throw std::invalid_argument("configuration: '" + word + "', expected name=value");
        const std::string name = word.substr(0, equals);
        if (std::any_of(words.begin(), words.end(), [&](const auto &other) { return other.first == name; }))
            throw std::invalid_argument("configuration: " + name + " is given twice");
        words.emplace_back(name, word.substr(equals + 1));
    }
    return words;
}

} // namespace normforge
