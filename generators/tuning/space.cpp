// SPDX-License-Identifier: MIT
// Dimensions from the parameter table; of points with equal code only the one nearest to the default stays.
#include "generators/tuning/space.h"

#include "generators/tuning/steps.h"
#include "runtime/names.h"
#include "runtime/ops.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

namespace normforge {

namespace {

constexpr int kStream = 1;
const char *const kStoreName = "store";

nf_store store_of(int value) {
    return value == kStream ? NF_STORE_STREAM : NF_STORE_CACHED;
}

Dimension store_dimension(bool can_stream, nf_store default_store) {
    if (default_store != NF_STORE_CACHED && (default_store != NF_STORE_STREAM || !can_stream)) {
        throw std::invalid_argument(std::string("default_store is ") + name_of(default_store) + ", expected cached" +
                                    (can_stream ? " or stream" : ": streaming stores do not fit the problem"));
    }
    if (!can_stream) return {kStoreName, {0}, 0};
    return {kStoreName, {0, kStream}, static_cast<size_t>(default_store == NF_STORE_STREAM ? 1 : 0)};
}

Dimension parameter_dimension(const Parameter &parameter, const TargetFacts &facts, int element_bytes) {
    const int chosen = parameter.default_value(facts, element_bytes);
    std::set<int> values = {chosen};
    for (int value : parameter.searched(facts, element_bytes)) {
        if (value >= parameter.minimum && value <= parameter.maximum) values.insert(value);
    }
    const auto place = std::distance(values.begin(), values.find(chosen));
    return {parameter.name, {values.begin(), values.end()}, static_cast<size_t>(place)};
}

std::string value_text(const Dimension &dimension, size_t index) {
    const int value = dimension.values[index];
    return dimension.name == kStoreName ? name_of(store_of(value)) : std::to_string(value);
}

/// The index of a value, the number of values if there is none such.
size_t find_value(const Dimension &dimension, const std::string &text) {
    size_t index = 0;
    while (index < dimension.values.size() && value_text(dimension, index) != text) index++;
    return index;
}

size_t index_of(const Dimension &dimension, const std::string &text) {
    const size_t index = find_value(dimension, text);
    if (index < dimension.values.size()) return index;
    std::string choices;
    for (size_t i = 0; i < dimension.values.size(); i++) choices += (i ? ", " : "") + value_text(dimension, i);
    throw std::invalid_argument("configuration: " + dimension.name + " is '" + text + "', expected one of: " + choices);
}

/// "name=value ..." as a map.
std::map<std::string, std::string> split_words(const std::string &configuration) {
    std::map<std::string, std::string> values;
    std::istringstream words(configuration);
    for (std::string word; words >> word;) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos) throw std::invalid_argument("configuration: '" + word + "', expected name=value");
        if (!values.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
            throw std::invalid_argument("configuration: " + word.substr(0, equals) + " is given twice");
    }
    return values;
}

/// What every kind of kernel may be tuned to, as text.
std::string all_spaces() {
    std::ostringstream text;
    for (const Parameter &parameter : parameter_space()) {
        text << parameter.name << ' ' << parameter.minimum << ' ' << parameter.maximum << ' ' << parameter.power_of_two
             << '\n';
    }
    for (const CompileTarget &target : compile_targets())
        for (nf_op op : values_of<nf_op>())
            for (nf_form form : values_of<nf_form>())
                for (nf_dtype dtype : values_of<nf_dtype>())
                    for (const char *tag : {"", "stats64"}) {
                        const VariantName kernel = {op, dtype, form, NF_EPILOGUE_NONE, NF_STORE_CACHED, target.name, tag};
                        const Space space(kernel, has_store(op), NF_STORE_CACHED);
                        text << target.name << ' ' << name_of(op) << ' ' << name_of(form) << ' ' << name_of(dtype) << ' '
                             << tag << '\n';
                        for (const Point &point : space.points()) text << space.configuration(point) << '\n';
                    }
    return text.str();
}

/// FNV-1a.
uint64_t hash_of(const std::string &text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
}

} // namespace

Space::Space(const VariantName &kernel, bool can_stream, nf_store default_store)
    : kernel_(kernel), facts_(compile_target(kernel.target).facts) {
    if (has_store(kernel.op)) {
        dimensions_.push_back(store_dimension(can_stream, default_store));
        parameters_.push_back(nullptr);
    }
    for (const Parameter &parameter : parameter_space()) {
        if (!parameter.applies(kernel)) continue;
        dimensions_.push_back(parameter_dimension(parameter, facts_, arithmetic_bytes(kernel)));
        parameters_.push_back(&parameter);
    }

    // All combinations, each dimension beginning with its default: the first point of equal code is the one that stays.
    size_t combinations = 1;
    for (const Dimension &dimension : dimensions_) combinations *= dimension.values.size();
    allowed_.assign(combinations, false);
    std::set<std::vector<int>> seen;
    for (size_t i = 0; i < combinations; i++) {
        Point point(dimensions_.size());
        size_t rest = i;
        for (size_t d = dimensions_.size(); d-- > 0;) {
            const Dimension &dimension = dimensions_[d];
            const size_t turn = rest % dimension.values.size();
            rest /= dimension.values.size();
            point[d] = turn == 0 ? dimension.default_index : turn <= dimension.default_index ? turn - 1 : turn;
        }
        if (!fits_registers(point) || !seen.insert(effects(point)).second) continue;
        allowed_[number(point)] = true;
        points_.push_back(point);
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
    const bool streams =
        !dimensions_.empty() && dimensions_[0].name == kStoreName && dimensions_[0].default_index == kStream;
    const std::pair<std::string, std::string> other_store = {kStoreName, streams ? "cached" : "stream"};
    const std::pair<std::string, std::string> half = {"vector",
                                                      std::to_string(facts_.vector_bytes / arithmetic_bytes(kernel_) / 2)};
    const std::vector<std::map<std::string, std::string>> guesses = {
        {},
        {other_store},
        {half},
        {{"prefetch_tiles", "0"}, {"prefetch_channels", "0"}},
        {{"unroll", "8"}},
        {half, other_store},
        {{"prefetch_tiles", "2"}, {"prefetch_channels", "2"}},
    };
    std::vector<Point> seeds;
    for (const auto &guess : guesses) {
        Point point = default_point();
        for (size_t d = 0; d < dimensions_.size(); d++) {
            const auto wanted = guess.find(dimensions_[d].name);
            if (wanted == guess.end()) continue;
            const size_t index = find_value(dimensions_[d], wanted->second);
            if (index < dimensions_[d].values.size()) point[d] = index;
        }
        if (allowed(point) && std::find(seeds.begin(), seeds.end(), point) == seeds.end()) seeds.push_back(point);
    }
    return seeds;
}

std::string Space::configuration(const Point &point) const {
    return words(point, 0);
}

std::string Space::parameters(const Point &point) const {
    return words(point, !parameters_.empty() && !parameters_[0] ? 1 : 0);
}

nf_store Space::store(const Point &point) const {
    return !parameters_.empty() && !parameters_[0] ? store_of(dimensions_[0].values[point[0]]) : NF_STORE_CACHED;
}

Point Space::parse(const std::string &configuration) const {
    std::map<std::string, std::string> values = split_words(configuration);
    Point point;
    std::string names;
    for (const Dimension &dimension : dimensions_) {
        const auto value = values.find(dimension.name);
        if (value == values.end())
            throw std::invalid_argument("configuration '" + configuration + "' lacks " + dimension.name);
        point.push_back(index_of(dimension, value->second));
        values.erase(value);
        names += (names.empty() ? "" : ", ") + dimension.name;
    }
    if (!values.empty()) {
        throw std::invalid_argument("configuration: " + values.begin()->first + " does not apply to the kernel, expected " +
                                    (names.empty() ? "nothing" : names));
    }
    if (!allowed(point)) {
        throw std::invalid_argument("configuration '" + configuration +
                                    "' is no candidate: another has the same code, or its vectors do not fit the registers");
    }
    return point;
}

ScheduleParameters Space::chosen(const Point &point) const {
    ScheduleParameters parameters;
    for (size_t d = 0; d < point.size(); d++) {
        if (parameters_[d]) parameters.*parameters_[d]->field = dimensions_[d].values[point[d]];
    }
    return resolve(parameters, facts_, arithmetic_bytes(kernel_));
}

/// What the code is made from: equal for points with equal code.
std::vector<int> Space::effects(const Point &point) const {
    const ScheduleParameters parameters = chosen(point);
    std::vector<int> effects;
    for (size_t d = 0; d < point.size(); d++) {
        const bool derived = parameters_[d] && parameters_[d]->effect;
        effects.push_back(derived ? parameters_[d]->effect(kernel_, facts_, parameters) : dimensions_[d].values[point[d]]);
    }
    return effects;
}

bool Space::fits_registers(const Point &point) const {
    const ScheduleParameters parameters = chosen(point);
    return registers_of_sums(kernel_, parameters) <= facts_.vector_registers;
}

size_t Space::number(const Point &point) const {
    size_t number = 0;
    for (size_t d = 0; d < point.size(); d++) number = number * dimensions_[d].values.size() + point[d];
    return number;
}

std::string Space::words(const Point &point, size_t first) const {
    std::string text;
    for (size_t d = first; d < dimensions_.size(); d++)
        text += (text.empty() ? "" : " ") + dimensions_[d].name + "=" + value_text(dimensions_[d], point[d]);
    return text;
}

std::string space_signature() {
    static const std::string signature = [] { // 100 ms
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash_of(all_spaces())));
        return std::string(digits);
    }();
    return signature;
}

} // namespace normforge
