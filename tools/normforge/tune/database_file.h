// SPDX-License-Identifier: MIT
// Databases on disk: reading them, and replacing them by one writer at a time.
#pragma once

#include "generators/tuning/database.h"
#include "tools/normforge/common/file_lock.h"

#include <optional>
#include <string>
#include <vector>

namespace normforge {

/// parse_database() of a file; nothing if there is none. Throws std::runtime_error if it cannot be read.
std::optional<LoadedDatabase> read_database(const std::string &path, const std::string &expected_signature,
                                            const std::string &expected_target = "");

/// The same, but throws if there is none.
LoadedDatabase require_database(const std::string &path, const std::string &expected_signature,
                                const std::string &expected_target = "");

/// The database of a target that came with this program: installed beside its own libraries.
std::string shipped_database(const std::string &target);

/// Writes the file as a whole or leaves what was there. Who changes what a file holds takes a FileLock before reading it.
void write_database(const std::string &path, const Database &database);

/// A database to put winners in. No other process can change it meanwhile.
class DatabaseFile {
public:
    /// Reads the file, or begins an empty database. Throws std::runtime_error if another process has it, and says which; if
    /// it is for another target or parameter space; or if it holds entries that cannot be used, which writing would lose.
    DatabaseFile(const std::string &path, const std::string &target, const std::string &signature);

    const Database &database() const { return database_; }

    /// Adds the entries, which replace those of the same key, and writes the file. If that throws, file and database are as
    /// they were.
    void put(const std::vector<TunedEntry> &entries);

private:
    std::string path_;
    FileLock lock_;
    Database database_;
};

} // namespace normforge
