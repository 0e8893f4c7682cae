// SPDX-License-Identifier: MIT
// Files that hold databases, see database_file.h.
#include "tools/normforge/tune/database_file.h"

#include "tools/normforge/common/program_folder.h"
#include "tools/normforge/common/whole_file.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace normforge {

std::optional<LoadedDatabase> read_database(const std::string &path, const std::string &expected_signature,
                                            const std::string &expected_target) {
    std::error_code absent;
    if (!std::filesystem::exists(path, absent) && !absent) return std::nullopt;
    return parse_database(read_whole_file(path), path, expected_signature, expected_target);
}

LoadedDatabase require_database(const std::string &path, const std::string &expected_signature,
                                const std::string &expected_target) {
    auto loaded = read_database(path, expected_signature, expected_target);
    if (!loaded) throw std::runtime_error(fmt::format("{}: no such file", path));
    return *loaded;
}

std::string shipped_database(const std::string &target) {
    return (program_folder() / "share" / "normforge" / "tuned" / (target + ".json")).string();
}

void write_database(const std::string &path, const Database &database) {
    write_whole_file(path, to_text(database));
}

DatabaseFile::DatabaseFile(const std::string &path, const std::string &target, const std::string &signature)
    : path_(path), lock_(path), database_{target, signature, {}} {
    const auto loaded = read_database(path, signature, target);
    if (!loaded) return;
    if (!loaded->refused.empty())
        throw std::runtime_error(
            fmt::format("{}: has entries that writing it again would lose; correct or remove them:\n  {}", path,
                        fmt::join(loaded->refused, "\n  ")));
    database_ = loaded->database;
}

void DatabaseFile::put(const std::vector<TunedEntry> &entries) {
    Database changed = database_;
    for (const TunedEntry &entry : entries) {
        const auto same = [&](const TunedEntry &other) { return key_of(other) == key_of(entry); };
        const auto found = std::find_if(changed.entries.begin(), changed.entries.end(), same);
        if (found == changed.entries.end())
            changed.entries.push_back(entry);
        else
            *found = entry;
    }
    write_database(path_, changed);
    database_ = std::move(changed);
}

} // namespace normforge
