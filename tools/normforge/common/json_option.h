// SPDX-License-Identifier: MIT
// The option --json FILE, the same for every verb: what the verb found, for programs.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace normforge {

class JsonOption {
public:
    /// `what` says what is in the file: "Write every time and what it was measured on".
    CLI::Option *add_to(CLI::App &verb, const std::string &what);

    /// Whether the text for people is to be printed: not where the JSON goes to standard output.
    bool wants_text() const { return file_ != kStandardOutput; }

    /// The argument as given; empty: no option --json.
    const std::string &file() const { return file_; }

    /// Before long work, not after. A file that is there stays as it is until the results come. Throws std::runtime_error.
    void require_writable() const;

    /// Writes the document, if the option was given. Throws std::runtime_error.
    void write(const nlohmann::json &document) const;

    static constexpr const char *kStandardOutput = "-";

private:
    std::string file_;
};

} // namespace normforge
