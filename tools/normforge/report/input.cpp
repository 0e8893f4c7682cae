// SPDX-License-Identifier: MIT
// A document with cases is of bench, one with variants of verify; anything with a line that looks like a measurement is a
// journal.
#include "tools/normforge/report/input.h"

#include "tools/normforge/common/whole_file.h"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace normforge::report {

using nlohmann::json;

namespace {

bool has_key(const json &value, const char *key) {
    return value.is_object() && value.contains(key);
}

bool looks_like_journal(const std::string &text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (has_key(json::parse(line, nullptr, false), "configuration")) return true;
    }
    return false;
}

constexpr const char *kExpected =
    "expected JSON of `normforge bench --json` or `normforge verify --json`, or a journal of `normforge tune`";

/// Throws what is wrong with a text that is none of these.
[[noreturn]] void refuse(const std::string &name, const std::string &text) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        throw std::runtime_error(fmt::format("{}: empty, {}", name, kExpected));
    try {
        const json document = json::parse(text);
        if (has_key(document, "journal") && has_key(document, "problems"))
            throw std::runtime_error(
                fmt::format("{}: JSON of `normforge tune --json`, expected the journal that it names: {}", name,
                            document["journal"].dump()));
        throw std::runtime_error(fmt::format("{}: JSON without \"cases\" or \"variants\", {}", name, kExpected));
    } catch (const json::parse_error &error) { // its byte counts from 1, one past the end where the text is cut off
        const size_t end = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
        throw std::runtime_error(fmt::format("{}:{}: {}, {}", name, line,
                                             end >= text.size() ? "JSON that ends too early" : "not JSON", kExpected));
    }
}

} // namespace

std::vector<Measurement> Input::measurements() const {
    std::vector<Measurement> all;
    for (const auto &journal : journals)
        all.insert(all.end(), journal.content.measurements.begin(), journal.content.measurements.end());
    return all;
}

std::vector<std::string> Input::skipped() const {
    std::vector<std::string> all;
    for (const auto &journal : journals)
        all.insert(all.end(), journal.content.skipped.begin(), journal.content.skipped.end());
    return all;
}

Input read_input(const std::vector<std::string> &files) {
    Input input;
    input.files = files;
    for (const auto &name : files) {
        const std::string text = read_whole_file(name);
        const json document = json::parse(text, nullptr, false);
        if (has_key(document, "cases")) {
            input.benches.push_back(read_bench_file(document, name));
        } else if (has_key(document, "variants")) {
            input.verifications.push_back(read_verify_file(document, name));
        } else if (looks_like_journal(text)) {
            JournalFile journal = {name, parse_journal(text, name)};
            if (journal.content.measurements.empty())
                throw std::runtime_error(fmt::format("{}: no line can be used; {}", name, journal.content.skipped.front()));
            input.journals.push_back(std::move(journal));
        } else {
            refuse(name, text);
        }
    }
    if (input.benches.empty() && input.journals.empty())
        throw std::runtime_error(fmt::format("{}: says errors but no times, expected JSON of `normforge bench --json` or a "
                                             "journal of `normforge tune` besides",
                                             files.front()));
    return input;
}

} // namespace normforge::report
