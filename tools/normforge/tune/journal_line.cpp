// SPDX-License-Identifier: MIT
// Lines of the journal, and reading them all.
#include "tools/normforge/tune/journal_line.h"

#include "generators/tuning/json_fields.h"
#include "runtime/problem.h"
#include "tools/normforge/common/whole_file.h"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace normforge {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kFormat = 1;

std::string one_of(const JsonFields &fields, const char *key, const std::vector<std::string> &choices) {
    const std::string word = fields.text(key);
    if (std::find(choices.begin(), choices.end(), word) == choices.end())
        fields.fail(key, fmt::format("one of: {}", fmt::join(choices, ", ")));
    return word;
}

void require_problem(const JsonFields &fields) {
    try {
        parse_problem(fields.nonempty("problem"));
    } catch (const ProblemError &error) {
        throw std::invalid_argument(fmt::format("\"problem\", column {}: {}", error.column, error.what()));
    }
}

Measurement parse(const json &object) {
    if (object.is_object() && object.contains("format") && object["format"] != kFormat)
        throw std::invalid_argument(fmt::format("\"format\" is {}, expected {}", object["format"].dump(), kFormat));
    const JsonFields fields(object,
                            with_provenance({"format", "problem", "target", "signature", "configuration", "phase", "outcome",
                                             "message", "milliseconds", "default_milliseconds", "compile_seconds", "time"}),
                            {"again_milliseconds", "timeout_seconds", "memory_bytes", "compiler"});
    require_problem(fields);
    Measurement m;
    static_cast<Provenance &>(m) = read_provenance(fields);
    m.problem = fields.nonempty("problem");
    m.target = fields.nonempty("target");
    m.signature = fields.nonempty("signature");
    m.configuration = fields.nonempty("configuration");
    m.phase = one_of(fields, "phase", {"search", "repeat", "final"});
    m.outcome = *outcome_named(one_of(fields, "outcome", outcome_names()));
    m.message = fields.text("message");
    m.milliseconds = fields.positives("milliseconds");
    m.default_milliseconds = fields.positives("default_milliseconds");
    if (fields.has("again_milliseconds")) m.again_milliseconds = fields.positives("again_milliseconds");
    m.compile_seconds = fields.not_negative("compile_seconds");
    if (fields.has("timeout_seconds")) m.timeout_seconds = fields.positive("timeout_seconds");
    if (fields.has("memory_bytes")) m.memory_bytes = fields.positive("memory_bytes");
    if (fields.has("compiler")) m.compiler = fields.nonempty("compiler");
    m.time = fields.time("time");
    if (m.measured() && m.milliseconds.empty()) fields.fail("milliseconds", "at least one, since \"outcome\" is measured");
    if (m.measured() && m.milliseconds.size() != m.default_milliseconds.size())
        fields.fail("default_milliseconds", fmt::format("as many as \"milliseconds\": {}", m.milliseconds.size()));
    if (fields.has("again_milliseconds") && m.again_milliseconds.size() != m.default_milliseconds.size())
        fields.fail("again_milliseconds",
                    fmt::format("as many as \"default_milliseconds\": {}", m.default_milliseconds.size()));
    return m;
}

} // namespace

std::string journal_line(const Measurement &m) {
    ordered_json object = {{"format", kFormat}, {"problem", m.problem}, {"target", m.target}};
    const auto put = [&](const NamedValues &fields) {
        for (const auto &[key, value] : fields) object[key] = value;
    };
    put(device_fields(m));
    put({{"signature", m.signature},
         {"configuration", m.configuration},
         {"phase", m.phase},
         {"outcome", name_of(m.outcome)},
         {"message", m.message},
         {"milliseconds", m.milliseconds},
         {"default_milliseconds", m.default_milliseconds}});
    if (!m.again_milliseconds.empty()) object["again_milliseconds"] = m.again_milliseconds;
    object["compile_seconds"] = m.compile_seconds;
    object["timeout_seconds"] = m.timeout_seconds;
    object["memory_bytes"] = m.memory_bytes;
    put(version_fields(m));
    if (!m.compiler.empty()) object["compiler"] = m.compiler;
    object["time"] = m.time;
    // Messages come from other programs: bytes that are no UTF-8 are replaced.
    const std::string line = object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    try {
        parse_journal_line(line);
    } catch (const std::invalid_argument &error) {
        throw std::invalid_argument(fmt::format("not a measurement: {}", error.what()));
    }
    return line + "\n";
}

Measurement parse_journal_line(const std::string &line) {
    return parse(parse_json(line));
}

JournalContent parse_journal(const std::string &text, const std::string &name) {
    JournalContent content;
    int number = 0;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        begin = end + 1;
        number++;
        try {
            content.measurements.push_back(parse_journal_line(line));
        } catch (const std::invalid_argument &error) {
            const char *torn = end == text.size() ? "torn last line, " : "";
            content.skipped.push_back(fmt::format("{}:{}: {}{}", name, number, torn, error.what()));
        }
    }
    return content;
}

JournalContent read_journal(const std::string &path) {
    std::error_code absent;
    if (!std::filesystem::exists(path, absent) && !absent) return {};
    return parse_journal(read_whole_file(path), path);
}

} // namespace normforge
