// SPDX-License-Identifier: MIT
// `normforge db list`.
#include "tools/normforge/db/verbs.h"

#include "generators/tuning/targets.h"
#include "tools/normforge/common/compiler.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/table.h"
#include "tools/normforge/common/target_name.h"
#include "tools/normforge/common/user_folders.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/tune/database_file.h"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace normforge {

namespace {

struct ListOptions {
    std::string database, target = kNative;
    JsonOption json;
};

nlohmann::json to_json(const std::string &file, const LoadedDatabase &loaded) {
    auto document = nlohmann::json::parse(to_text(loaded.database));
    for (size_t i = 0; i < loaded.database.entries.size(); ++i)
        document["entries"][i]["speed_up"] = speed_up(loaded.database.entries[i]);
    document["file"] = file;
    document["refused"] = loaded.refused;
    return document;
}

void list(const ListOptions &options) {
    const std::string file =
        options.database.empty() ? user_database(family_of(resolve_targets({options.target}).front())) : options.database;
    const auto loaded = read_database(file, "");
    if (!loaded) {
        const char *hint = options.database.empty() ? "; `normforge tune` makes it, --database names another" : "";
        throw std::runtime_error(fmt::format("{}: no such file{}", file, hint));
    }
    options.json.write(to_json(file, *loaded));
    if (!options.json.wants_text()) return;
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
    options->json.add_to(*verb, "Write the entries");
    verb->footer("Example:\n  normforge db list --target x86-64-avx512");
    verb->callback([options] { list(*options); });
}

} // namespace normforge
