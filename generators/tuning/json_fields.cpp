// SPDX-License-Identifier: MIT
// Checks of fields, see json_fields.h.
#include "generators/tuning/json_fields.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace normforge {

namespace {

using nlohmann::json;

/// What came, short enough for an error text; bytes that are no UTF-8 are replaced.
std::string shown(const json &value) {
    constexpr size_t kLongest = 80;
    const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

/// Whether a text is a point in time of this strftime() format: one that exists, spelled in full.
bool is_time(const std::string &text, const char *format) {
    std::tm parts{};
    const char *end = strptime(text.c_str(), format, &parts);
    if (!end || *end != '\0') return false;
    std::tm normal = parts; // timegm() makes 1 March of 30 February
    timegm(&normal);
    char again[64];
    return std::strftime(again, sizeof again, format, &normal) > 0 && text == again;
}

} // namespace

JsonFields::JsonFields(const json &object, const std::vector<std::string> &keys, const std::vector<std::string> &optional)
    : object_(object) {
    if (!object.is_object()) throw std::invalid_argument("is " + shown(object) + ", expected an object");
    for (const std::string &key : keys)
        if (!object.contains(key)) throw std::invalid_argument("\"" + key + "\" is missing");
    std::vector<std::string> known = keys;
    known.insert(known.end(), optional.begin(), optional.end());
    for (const auto &[key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::string choices;
        for (const std::string &name : known) choices += (choices.empty() ? "" : ", ") + name;
        throw std::invalid_argument("\"" + key + "\" is no field, expected: " + choices);
    }
}

std::string JsonFields::text(const std::string &key) const {
    if (!object_.at(key).is_string()) fail(key, "a text");
    return object_.at(key).get<std::string>();
}

std::string JsonFields::nonempty(const std::string &key) const {
    if (!object_.at(key).is_string() || text(key).empty()) fail(key, "a text that is not empty");
    return text(key);
}

std::string JsonFields::date(const std::string &key) const {
    if (!is_time(text(key), "%Y-%m-%d")) fail(key, "a date such as 2026-01-31");
    return text(key);
}

std::string JsonFields::time(const std::string &key) const {
    if (!is_time(text(key), "%Y-%m-%dT%H:%M:%SZ")) fail(key, "a time such as 2026-01-31T12:00:00Z");
    return text(key);
}

int JsonFields::whole(const std::string &key) const {
    const json &value = object_.at(key);
    if (!value.is_number_integer() || value < 1 || value > INT_MAX) fail(key, "a whole number from 1 on");
    return value.get<int>();
}

double JsonFields::positive(const std::string &key) const {
    const json &value = object_.at(key);
    if (!value.is_number() || value.get<double>() <= 0) fail(key, "a number above 0");
    return value.get<double>();
}

double JsonFields::not_negative(const std::string &key) const {
    const json &value = object_.at(key);
    if (!value.is_number() || value.get<double>() < 0) fail(key, "a number from 0 on");
    return value.get<double>();
}

std::vector<double> JsonFields::positives(const std::string &key) const {
    const json &list = object_.at(key);
    const auto is_positive = [](const json &value) { return value.is_number() && value.get<double>() > 0; };
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_positive)) fail(key, "a list of numbers above 0");
    return list.get<std::vector<double>>();
}

void JsonFields::fail(const std::string &key, const std::string &expected) const {
    throw std::invalid_argument("\"" + key + "\" is " + shown(object_.at(key)) + ", expected " + expected);
}

json parse_json(const std::string &text) {
    try {
        return json::parse(text);
    } catch (const json::exception &error) {
        // "[json.exception.parse_error.101] parse error at line 1, column 9: ..."
        const std::string what = error.what();
        const size_t bracket = what.find("] ");
        throw std::invalid_argument("not JSON: " + (bracket == std::string::npos ? what : what.substr(bracket + 2)));
    }
}

} // namespace normforge
