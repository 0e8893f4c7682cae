// SPDX-License-Identifier: MIT
// A value of a JSON document that knows where it lies, so that an error names the file and the key.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace normforge::report {

/// Errors are std::runtime_error: "FILE: cases[3].ours.milliseconds: got a string, expected a list".
class JsonNode {
public:
    /// The document itself; must outlive every node.
    JsonNode(const nlohmann::json &document, const std::string &file) : value_(&document), file_(&file) {}

    JsonNode at(const std::string &key) const;                     ///< throws if the key is not there
    std::optional<JsonNode> find(const std::string &key) const;    ///< nothing if the key is not there
    std::vector<JsonNode> items() const;                           ///< of a list
    std::vector<std::pair<std::string, JsonNode>> members() const; ///< of an object

    std::string text() const;
    bool boolean() const;
    int64_t count() const;       ///< a whole number that is not negative
    double positive() const;     ///< a finite number above 0
    double not_negative() const; ///< a number from 0 on; JSON has no infinity and says null
    bool is_null() const { return value_->is_null(); }

    [[noreturn]] void refuse(const std::string &expected) const; ///< "..., expected" and what was there

private:
    JsonNode(const nlohmann::json &value, const std::string &file, std::string path)
        : value_(&value), file_(&file), path_(std::move(path)) {}

    const nlohmann::json *value_;
    const std::string *file_;
    std::string path_;
};

} // namespace normforge::report
