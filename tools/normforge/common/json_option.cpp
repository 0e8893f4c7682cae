// SPDX-License-Identifier: MIT
// Where the JSON of a verb goes, see json_option.h.
#include "tools/normforge/common/json_option.h"

#include "tools/normforge/common/whole_file.h"

#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace normforge {

namespace {

/// Refuses another option in the place of the file, which people who take --json for a flag would write.
const CLI::Validator kFileOrDash(
    [](std::string &file) {
        if (file.empty()) return std::string("is empty");
        if (file.front() != '-' || file == JsonOption::kStandardOutput) return std::string();
        return fmt::format("got '{}', expected a file, or - for standard output", file);
    },
    "");

} // namespace

CLI::Option *JsonOption::add_to(CLI::App &verb, const std::string &what) {
    return verb.add_option("--json", file_, what + ", as JSON;\n`-` is standard output, in place of the text")
        ->type_name("FILE")
        ->check(kFileOrDash);
}

void JsonOption::require_writable() const {
    if (file_.empty() || file_ == kStandardOutput) return;
    if (!std::ofstream(file_, std::ios::app)) throw std::runtime_error(fmt::format("{}: cannot be written", file_));
}

void JsonOption::write(const nlohmann::json &document) const {
    if (file_.empty()) return;
    const std::string text = document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (file_ == kStandardOutput) return write_standard_output(text);
    write_whole_file(file_, text);
}

} // namespace normforge
