// SPDX-License-Identifier: MIT
// `normforge db merge`.
#include "tools/normforge/db/verbs.h"

#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/db/merge.h"
#include "tools/normforge/tune/database_file.h"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace normforge {

namespace {

struct MergeOptions {
    std::vector<std::string> files;
    std::string out;
    JsonOption json;
};

void merge_files(const MergeOptions &options) {
    options.json.require_writable();
    const FileLock lock(options.out); // before reading: the result may be one of the files
    std::vector<NamedDatabase> databases;
    size_t refused = 0, entries = 0;
    for (const std::string &file : options.files) {
        const LoadedDatabase loaded = require_database(file, "");
        warn(loaded.refused);
        refused += loaded.refused.size();
        entries += loaded.database.entries.size();
        databases.push_back({file, loaded.database});
    }
    const Merged merged = merge(databases);
    if (refused > 0) // they would be lost where the result is one of the files
        throw CheckFailed(
            fmt::format("{} entries are refused; correct or remove them, {} was not written", refused, options.out));
    write_database(options.out, merged.database);
    options.json.write({{"out", options.out},
                        {"entries", merged.database.entries.size()},
                        {"entries_read", entries},
                        {"files", options.files},
                        {"decisions", merged.decisions}});
    if (!options.json.wants_text()) return;
    std::string text;
    for (const std::string &decision : merged.decisions) text += decision + "\n";
    write_standard_output(text + fmt::format("{}: {} entries, of {} in {} files\n", options.out,
                                             merged.database.entries.size(), entries, options.files.size()));
}

} // namespace

void add_db_merge(CLI::App &db) {
    auto options = std::make_shared<MergeOptions>();
    CLI::App *verb = db.add_subcommand("merge", "Make one database of several");
    verb->add_option("FILE", options->files, "Databases of the same target and parameter space")
        ->required()
        ->check(kNotEmpty);
    verb->add_option("-o,--out", options->out, "The result; may be one of the files")
        ->type_name("FILE")
        ->required()
        ->check(kNotEmpty);
    options->json.add_to(*verb, "Write the decisions");
    verb->footer(
        "Of entries for the same problem, device and threads, the one that is faster relative to its default stays\n"
        "if both were measured with the same versions, else the newer one. Every such decision is printed.\n"
        "Example:\n  normforge db merge mine.json yours.json -o all.json");
    verb->callback([options] { merge_files(*options); });
}

} // namespace normforge
