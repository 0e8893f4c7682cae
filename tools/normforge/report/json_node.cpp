// SPDX-License-Identifier: MIT
// Typed access with errors for people.
#include "tools/normforge/report/json_node.h"

#include <cmath>
#include <fmt/format.h>

namespace normforge::report {

using nlohmann::json;

namespace {

/// "-3", "a string", "null": what was there, short.
std::string describe(const json &value) {
    if (value.is_number() || value.is_null() || value.is_boolean()) return value.dump();
    if (value.is_object()) return "an object";
    return value.is_array() ? "a list" : "a string";
}

} // namespace

void JsonNode::refuse(const std::string &expected) const {
    throw std::runtime_error(fmt::format("{}: {}: got {}, expected {}", *file_, path_.empty() ? "the document" : path_,
                                         describe(*value_), expected));
}

std::optional<JsonNode> JsonNode::find(const std::string &key) const {
    if (!value_->is_object()) refuse("an object");
    const auto found = value_->find(key);
    if (found == value_->end()) return std::nullopt;
    return JsonNode(*found, *file_, path_.empty() ? key : path_ + "." + key);
}

JsonNode JsonNode::at(const std::string &key) const {
    if (const auto found = find(key)) return *found;
    throw std::runtime_error(fmt::format("{}: {}{}no key \"{}\"", *file_, path_, path_.empty() ? "" : ": ", key));
}

std::vector<JsonNode> JsonNode::items() const {
    if (!value_->is_array()) refuse("a list");
    std::vector<JsonNode> nodes;
    for (size_t i = 0; i < value_->size(); i++)
        nodes.push_back(JsonNode((*value_)[i], *file_, fmt::format("{}[{}]", path_, i)));
    return nodes;
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
    if (!value_->is_object()) refuse("an object");
    std::vector<std::pair<std::string, JsonNode>> nodes;
    for (const auto &[key, value] : value_->items()) nodes.emplace_back(key, at(key));
    return nodes;
}

std::string JsonNode::text() const {
    if (!value_->is_string()) refuse("a string");
    return value_->get<std::string>();
}

bool JsonNode::boolean() const {
    if (!value_->is_boolean()) refuse("true or false");
    return value_->get<bool>();
}

int64_t JsonNode::count() const {
    const char *expected = "a whole number from 0 on";
    if (!value_->is_number_integer()) refuse(expected);
    const bool fits = !value_->is_number_unsigned() || value_->get<uint64_t>() <= INT64_MAX;
    const int64_t value = fits ? value_->get<int64_t>() : -1;
    if (value < 0) refuse(expected);
    return value;
}

double JsonNode::not_negative() const {
    if (is_null()) return std::numeric_limits<double>::infinity();
    if (!value_->is_number() || value_->get<double>() < 0) refuse("a number from 0 on");
    return value_->get<double>();
}

double JsonNode::positive() const {
    const bool is_finite = value_->is_number() && std::isfinite(value_->get<double>());
    if (!is_finite || value_->get<double>() <= 0) refuse("a number above 0");
    return value_->get<double>();
}

} // namespace normforge::report
