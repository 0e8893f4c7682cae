// SPDX-License-Identifier: MIT
// Reads the fields of a JSON object that a person or another version may have written: what is wrong is said by field.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge {

class JsonFields {
public:
    /// The object must outlive this. Throws std::invalid_argument if it is no object, lacks one of `keys`, or has one that
    /// is neither of these nor one of `optional`.
    JsonFields(const nlohmann::json &object, const std::vector<std::string> &keys,
               const std::vector<std::string> &optional = {});

    /// Whether an optional one is there.
    bool has(const std::string &key) const { return object_.contains(key); }

    // Each throws std::invalid_argument that names the field, what it is and what was expected.

    std::string text(const std::string &key) const;              ///< may be empty
    std::string nonempty(const std::string &key) const;          ///< a text of at least one character
    std::string date(const std::string &key) const;              ///< "2026-01-31"
    std::string time(const std::string &key) const;              ///< "2026-01-31T12:00:00Z"
    int whole(const std::string &key) const;                     ///< 1 to 2147483647
    double positive(const std::string &key) const;               ///< above 0
    double not_negative(const std::string &key) const;           ///< 0 or above
    std::vector<double> positives(const std::string &key) const; ///< a list, may be empty
    const nlohmann::json &operator[](const std::string &key) const { return object_.at(key); }

    /// The same error for what the caller expected.
    [[noreturn]] void fail(const std::string &key, const std::string &expected) const;

private:
    const nlohmann::json &object_;
};

/// JSON that another program or a person wrote. Throws std::invalid_argument that says where it is none.
nlohmann::json parse_json(const std::string &text);

} // namespace normforge
