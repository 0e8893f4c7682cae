// SPDX-License-Identifier: MIT
// `normforge db list`.
#include "tools/normforge/db/verbs.h"

#include "runtime/targets.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/table.h"
#include "tools/normforge/common/target_name.h"
#include "tools/normforge/common/user_folders.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/tune/database_file.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

namespace normforge {

namespace {

struct ListOptions {
    std::string database, target = kNative, json;
};

/// The name of a target; for "native" that of the best this machine runs.
std::string resolve_target(const std::string &name) {
    if (name != kNative) return name;
    const auto *best = std::find_if(std::begin(kTargets), std::end(kTargets), target_usable);
    if (best == std::end(kTargets)) throw std::runtime_error("no target that this machine runs; expected --target");
    return best->name;
}

nlohmann::ordered_json to_json(const std::string &file, const LoadedDatabase &loaded) {
    auto document = nlohmann::ordered_json::parse(to_text(loaded.database));
    for (size_t i = 0; i < loaded.database.entries.size(); ++i)
        document["entries"][i]["speed_up"] = speed_up(loaded.database.entries[i]);
    document["file"] = file;
    document["refused"] = loaded.refused;
    return document;
}

void list(const ListOptions &options) {
    const std::string file = options.database.empty() ? user_database(resolve_target(options.target)) : options.database;
    const auto loaded = read_database(file, "");
    if (!loaded) {
        const char *hint = options.database.empty() ? "; `normforge tune` makes it, --database names another" : "";
        throw std::runtime_error(fmt::format("{}: no such file{}", file, hint));
    }
    if (!options.json.empty()) {
        const std::string text = to_json(file, *loaded).dump(2) + "\n";
        return options.json == "-" ? write_standard_output(text) : write_whole_file(options.json, text);
    }
    const Database &database = loaded->database;
    Table table({"problem", "device", "threads", "speed-up", "configuration"}, 5);
    for (const TunedEntry &entry : database.entries)
        table.add({entry.problem, entry.device, fmt::format("{:>7}", entry.threads),
                   fmt::format("{:>8.3f}", speed_up(entry)), entry.configuration});
    write_standard_output(fmt::format("{}: target {}, parameter space {}, {} entries\n{}", file, database.target,
                                      database.signature, database.entries.size(),
                                      database.entries.empty() ? "" : table.text()));
    warn(loaded->refused);
}

} // namespace

void add_db_list(CLI::App &db) {
    auto options = std::make_shared<ListOptions>();
    CLI::App *verb = db.add_subcommand("list", "Show the entries of a database");
    auto *database = verb->add_option("--database", options->database, "The database; default: the user's for --target")
                         ->type_name("FILE")
                         ->check(kNotEmpty);
    verb->add_option("--target", options->target, "Whose database; native: the best target that this machine runs")
        ->type_name("NAME")
        ->check(kTargetName)
        ->capture_default_str()
        ->excludes(database);
    verb->add_option("--json", options->json, "Write the entries, as JSON;\n`-` is standard output, in place of the text")
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->footer("Example:\n  normforge db list --target x86-64-avx512");
    verb->callback([options] { list(*options); });
}

} // namespace normforge
