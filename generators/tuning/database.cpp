// SPDX-License-Identifier: MIT
// The text form of the tuning database.
#include "generators/tuning/database.h"

#include "generators/tuning/json_fields.h"
#include "runtime/targets.h"
#include "runtime/validate.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace normforge {

namespace {

using nlohmann::json;

constexpr int kFormat = 1;

Timing parse_timing(const JsonFields &entry, const std::string &key) {
    try {
        const JsonFields fields(entry[key], {"median", "least", "most"});
        const Timing timing{fields.positive("median"), fields.positive("least"), fields.positive("most")};
        if (timing.least > timing.median) fields.fail("least", "at most the median");
        if (timing.most < timing.median) fields.fail("most", "at least the median");
        return timing;
    } catch (const std::invalid_argument &error) {
        throw std::invalid_argument("\"" + key + "\": " + error.what());
    }
}

/// A problem that the library takes, in the one spelling that makes equal problems equal texts.
std::string parse_problem_field(const JsonFields &entry) {
    const std::string text = entry.nonempty("problem");
    try {
        const Problem problem = parse_problem(text);
        CheckedProblem checked;
        const Status status = check_description(problem.description, checked);
        if (status.failed()) throw std::invalid_argument("\"problem\": " + status.text);
        if (const std::string spelled = to_string(problem); spelled != text)
            entry.fail("problem", "the spelling " + spelled);
    } catch (const ProblemError &error) {
        throw std::invalid_argument("\"problem\", column " + std::to_string(error.column) + ": " + error.what());
    }
    return text;
}

TunedEntry parse_entry(const json &object) {
    const JsonFields fields(
        object, with_provenance({"problem", "configuration", "milliseconds", "default_milliseconds", "rounds", "date"}));
    TunedEntry entry;
    static_cast<Provenance &>(entry) = read_provenance(fields);
    entry.problem = parse_problem_field(fields);
    entry.configuration = fields.nonempty("configuration");
    entry.tuned = parse_timing(fields, "milliseconds");
    entry.untuned = parse_timing(fields, "default_milliseconds");
    entry.rounds = fields.whole("rounds");
    entry.date = fields.date("date");
    return entry;
}

void sort_by_key(std::vector<TunedEntry> &entries) {
    std::sort(entries.begin(), entries.end(),
              [](const TunedEntry &a, const TunedEntry &b) { return key_of(a) < key_of(b); });
}

/// "FILE: entry 3 (PROBLEM)"
std::string place_of(const std::string &name, size_t index, const json &object) {
    const auto problem = object.is_object() ? object.find("problem") : object.end();
    const bool named = object.is_object() && problem != object.end() && problem->is_string();
    return name + ": entry " + std::to_string(index + 1) + (named ? " (" + problem->get<std::string>() + ")" : "");
}

void expect(const JsonFields &fields, const char *key, const std::string &expected, const char *why) {
    if (!expected.empty() && fields.nonempty(key) != expected) fields.fail(key, "\"" + expected + "\"" + why);
}

/// `"key": value, "key": value`
std::string fields_text(const NamedValues &fields) {
    std::string text;
    for (const auto &[key, value] : fields) text += (text.empty() ? "\"" : ", \"") + key + "\": " + value.dump();
    return text;
}

std::string timing_text(const char *key, const Timing &timing) {
    return "\"" + std::string(key) + "\": {" +
           fields_text({{"median", timing.median}, {"least", timing.least}, {"most", timing.most}}) + "}";
}

std::string entry_text(const TunedEntry &entry) {
    return "  {" + fields_text({{"problem", entry.problem}}) + ",\n   " +
           fields_text({{"configuration", entry.configuration}}) + ",\n   " + fields_text(device_fields(entry)) + ",\n   " +
           timing_text("milliseconds", entry.tuned) + ",\n   " + timing_text("default_milliseconds", entry.untuned) +
           ",\n   " + fields_text({{"rounds", entry.rounds}}) + ", " + fields_text(version_fields(entry)) + ", " +
           fields_text({{"date", entry.date}}) + "}";
}

} // namespace

LoadedDatabase parse_database(const std::string &text, const std::string &name, const std::string &expected_signature,
                              const std::string &expected_target) {
    LoadedDatabase loaded;
    json document;
    try {
        document = parse_json(text);
        // The format first: the fields of another one are none of ours.
        if (document.is_object() && document.contains("format") && document["format"] != kFormat)
            throw std::invalid_argument("\"format\" is " + document["format"].dump() + ", expected " +
                                        std::to_string(kFormat) + ": another version of normforge wrote it");
        const JsonFields fields(document, {"format", "target", "signature", "entries"});
        loaded.database.target = fields.nonempty("target");
        if (!find_target(loaded.database.target)) fields.fail("target", "one of: " + target_choices());
        expect(fields, "target", expected_target, "");
        loaded.database.signature = fields.nonempty("signature");
        expect(fields, "signature", expected_signature,
               ": it was tuned in another parameter space; move it away and tune again");
        if (!fields["entries"].is_array()) fields.fail("entries", "a list");
    } catch (const std::invalid_argument &error) {
        throw std::runtime_error(name + ": " + error.what());
    }

    std::set<decltype(key_of(TunedEntry()))> keys;
    const json &entries = document["entries"];
    for (size_t i = 0; i < entries.size(); ++i) {
        try {
            const TunedEntry entry = parse_entry(entries[i]);
            if (!keys.insert(key_of(entry)).second)
                throw std::invalid_argument("an earlier entry is for the same problem, device and threads");
            loaded.database.entries.push_back(entry);
        } catch (const std::invalid_argument &error) {
            loaded.refused.push_back(place_of(name, i, entries[i]) + ": " + error.what());
        }
    }
    sort_by_key(loaded.database.entries);
    return loaded;
}

std::string to_text(const Database &database) {
    std::vector<TunedEntry> entries = database.entries;
    sort_by_key(entries);
    std::string text = "{" +
                       fields_text({{"format", kFormat}, {"target", database.target}, {"signature", database.signature}}) +
                       ", \"entries\": [";
    for (const TunedEntry &entry : entries) text += (&entry == &entries.front() ? "\n" : ",\n") + entry_text(entry);
    return text + "\n]}\n";
}

} // namespace normforge
