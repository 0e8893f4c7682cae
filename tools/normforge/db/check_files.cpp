// SPDX-License-Identifier: MIT
// `normforge db check`.
#include "tools/normforge/db/verbs.h"

#include "generators/tuning/space.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/db/check.h"
#include "tools/normforge/tune/database_file.h"

#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace normforge {

namespace {

struct CheckOptions {
    std::vector<std::string> files;
    JsonOption json;
};

/// What is wrong with a file and its entries. Counts the entries.
std::vector<std::string> faults_of(const std::string &file, size_t &entries) {
    if (!std::filesystem::exists(file)) throw std::runtime_error(fmt::format("{}: no such file", file));
    try {
        const LoadedDatabase loaded = require_database(file, space_signature());
        entries += loaded.database.entries.size() + loaded.refused.size();
        return faults(loaded, file, configuration_fault);
    } catch (const std::runtime_error &error) { // refused as a whole
        return {error.what()};
    }
}

void check_files(const CheckOptions &options) {
    size_t entries = 0, complaints = 0;
    std::string text;
    nlohmann::json files = nlohmann::json::array();
    for (const std::string &file : options.files) {
        size_t there = 0;
        const auto lines = faults_of(file, there);
        for (const std::string &line : lines) text += line + "\n";
        files.push_back({{"file", file}, {"entries", there}, {"complaints", lines}});
        entries += there;
        complaints += lines.size();
    }
    options.json.write({{"files", files}, {"entries", entries}, {"complaints", complaints}});
    if (options.json.wants_text())
        write_standard_output(
            text + fmt::format("{} files, {} entries, {} complaints\n", options.files.size(), entries, complaints));
    if (complaints > 0) throw CheckFailed("not all entries can be used");
}

} // namespace

void add_db_check(CLI::App &db) {
    auto options = std::make_shared<CheckOptions>();
    CLI::App *verb = db.add_subcommand("check", "Say of every entry that cannot be used why");
    verb->add_option("FILE", options->files, "Databases")->required()->check(kNotEmpty);
    options->json.add_to(*verb, "Write the complaints");
    verb->footer("Example:\n  normforge db check mine.json yours.json");
    verb->callback([options] { check_files(*options); });
}

} // namespace normforge
