// SPDX-License-Identifier: MIT
// All combinations of the dimensions' values; of those with equal code only the one nearest to the default stays.
#include "generators/tuning/space.h"

#include "generators/tuning/dimension.h"
#include "generators/tuning/steps.h"
#include "runtime/ops.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace normforge {

namespace {

size_t combinations(const std::vector<Dimension> &dimensions) {
    size_t product = 1;
    for (const Dimension &dimension : dimensions) product *= dimension.values.size();
    return product;
}

/// Combination number i where each dimension begins with its default and the last changes fastest: number 0 is the default,
/// and of two points that differ in one dimension the default's value comes first.
Point from_default(const std::vector<Dimension> &dimensions, size_t i) {
    Point point(dimensions.size());
    for (size_t d = dimensions.size(); d-- > 0;) {
        const size_t turn = i % dimensions[d].values.size(), first = dimensions[d].default_index;
        i /= dimensions[d].values.size();
        point[d] = turn == 0 ? first : turn <= first ? turn - 1 : turn;
    }
    return point;
}

/// Whether a candidate can be compiled, keeps its sums in registers, and streams one row after the other: two at once take
/// 1.06 to 1.16 times as long.
bool useful(const VariantName &kernel, const TargetFacts &facts, const ScheduleParameters &parameters) {
    if (kernel.store == NF_STORE_STREAM &&
        (parameters.output_rows > 1 || !step_streams(parameters, facts, elements_of(kernel))))
        return false;
    return registers_of_sums(kernel, parameters) <= facts.vector_registers;
}

/// How a seed differs from the default in one dimension; where that leads out of the dimension it does not.
enum class Move { Other, Least, Less, More };

size_t moved(const Dimension &dimension, Move move) {
    const size_t last = dimension.values.size() - 1, from = dimension.default_index;
    switch (move) {
    case Move::Other: return last - from; // of two
    case Move::Least: return 0;
    case Move::Less: return from == 0 ? 0 : from - 1;
    case Move::More: return std::min(from + 1, last);
    }
    return from;
}

} // namespace

Space::Space(const VariantName &kernel, bool can_stream, nf_store default_store) {
    const TargetFacts facts = compile_target(kernel.target).facts;
    std::vector<const Parameter *> parameters;
    for (const Parameter &parameter : parameter_space()) {
        if (parameter.applies(kernel)) parameters.push_back(&parameter);
    }
    if (has_store(kernel.op)) dimensions_.push_back(store_dimension(can_stream, default_store));
    for (const Parameter *parameter : parameters)
        dimensions_.push_back(parameter_dimension(*parameter, facts, arithmetic_bytes(kernel)));

    allowed_.assign(combinations(dimensions_), false);
    std::set<std::vector<int>> seen; // what code is made from
    const size_t first = dimensions_.size() - parameters.size();
    for (size_t i = 0; i < allowed_.size(); i++) {
        const Point point = from_default(dimensions_, i);
        std::vector<int> effects;
        for (size_t d = 0; d < point.size(); d++) effects.push_back(dimensions_[d].values[point[d]]);
        ScheduleParameters chosen;
        for (size_t p = 0; p < parameters.size(); p++) chosen.*parameters[p]->field = effects[first + p];
        chosen = resolve(chosen, facts, arithmetic_bytes(kernel));
        VariantName candidate = kernel;
        candidate.store = store(point);
        if (i > 0 && !useful(candidate, facts, chosen)) continue; // the default exists
        for (size_t p = 0; p < parameters.size(); p++) {
            if (parameters[p]->effect) effects[first + p] = parameters[p]->effect(candidate, facts, chosen);
        }
        if (seen.insert(effects).second) add(point);
    }
}

Space::Space(const std::vector<std::string> &configurations) {
    if (configurations.empty()) throw std::invalid_argument("a space of no configuration");
    dimensions_ = dimensions_of(configurations);
    allowed_.assign(combinations(dimensions_), false);
    for (const std::string &configuration : configurations) {
        const Point point = read(configuration);
        if (allowed(point)) throw std::invalid_argument("configuration '" + configuration + "' comes twice");
        add(point);
    }
}

bool Space::allowed(const Point &point) const {
    if (point.size() != dimensions_.size()) return false;
    for (size_t d = 0; d < point.size(); d++) {
        if (point[d] >= dimensions_[d].values.size()) return false;
    }
    return allowed_[number(point)];
}

Point Space::default_point() const {
    Point point;
    for (const Dimension &dimension : dimensions_) point.push_back(dimension.default_index);
    return point;
}

std::vector<Point> Space::seeds() const {
    // Half registers win where planes are short or vectors of the full width slow the clock, long steps where a plane's loop
    // is overhead, no prefetch where everything is in cache.
    const std::vector<std::map<std::string, Move>> guesses = {
        {},
        {{kStoreName, Move::Other}},
        {{"vector", Move::Less}},
        {{"prefetch_tiles", Move::Least}, {"prefetch_channels", Move::Least}},
        {{"unroll", Move::More}},
        {{"output_rows", Move::More}, {kStoreName, Move::Least}},
        {{"vector", Move::Less}, {kStoreName, Move::Other}},
        {{"prefetch_tiles", Move::More}, {"prefetch_channels", Move::More}},
    };
    std::vector<Point> seeds;
    for (const auto &guess : guesses) {
        Point point = default_point();
        for (size_t d = 0; d < dimensions_.size(); d++) {
            const auto move = guess.find(dimensions_[d].name);
            if (move != guess.end()) point[d] = moved(dimensions_[d], move->second);
        }
        if (allowed(point) && std::find(seeds.begin(), seeds.end(), point) == seeds.end()) seeds.push_back(point);
    }
    return seeds;
}

std::string Space::configuration(const Point &point) const {
    return words(point, 0);
}

std::string Space::parameters(const Point &point) const {
    return words(point, has_store_policy() ? 1 : 0);
}

nf_store Space::store(const Point &point) const {
    return has_store_policy() ? store_of(dimensions_[0].values[point[0]]) : NF_STORE_CACHED;
}

Point Space::parse(const std::string &configuration) const {
    const Point point = read(configuration);
    if (!allowed(point)) {
        throw std::invalid_argument("configuration '" + configuration +
                                    "' is no candidate: another has the same code, or its vectors do not fit the target");
    }
    return point;
}

Point Space::read(const std::string &configuration) const {
    Words words = split_words(configuration);
    Point point;
    std::string names;
    for (const Dimension &dimension : dimensions_) {
        const auto word = std::find_if(words.begin(), words.end(), [&](auto &w) { return w.first == dimension.name; });
        if (word == words.end())
            throw std::invalid_argument("configuration '" + configuration + "' lacks " + dimension.name);
        const size_t index = find_value(dimension, word->second);
        if (index == dimension.values.size()) {
            throw std::invalid_argument("configuration: " + dimension.name + " is '" + word->second +
                                        "', expected one of: " + values_text(dimension));
        }
        point.push_back(index);
        words.erase(word);
        names += (names.empty() ? "" : ", ") + dimension.name;
    }
    if (!words.empty()) {
        throw std::invalid_argument("configuration: " + words.front().first + " does not apply to the kernel, expected " +
                                    (names.empty() ? "nothing" : names));
    }
    return point;
}

size_t Space::number(const Point &point) const {
    size_t number = 0;
    for (size_t d = 0; d < point.size(); d++) number = number * dimensions_[d].values.size() + point[d];
    return number;
}

void Space::add(const Point &point) {
    allowed_[number(point)] = true;
    points_.push_back(point);
}

bool Space::has_store_policy() const {
    return !dimensions_.empty() && dimensions_[0].name == kStoreName;
}

std::string Space::words(const Point &point, size_t first) const {
    std::string text;
    for (size_t d = first; d < dimensions_.size(); d++)
        text += (text.empty() ? "" : " ") + dimensions_[d].name + "=" + value_text(dimensions_[d], point[d]);
    return text;
}

} // namespace normforge
