// SPDX-License-Identifier: MIT
// The user's folders, see user_folders.h.
#include "tools/normforge/common/user_folders.h"

#include <cstdlib>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge {

namespace {

std::string variable(const char *name) {
    const char *value = std::getenv(name);
    return value ? value : "";
}

/// The specification: paths that are not absolute are invalid and ignored.
bool is_absolute(const std::string &path) {
    return path.rfind('/', 0) == 0;
}

} // namespace

std::string user_data_folder() {
    const std::string data = variable("XDG_DATA_HOME"), home = variable("HOME");
    if (is_absolute(data)) return data + "/normforge";
    if (is_absolute(home)) return home + "/.local/share/normforge";
    throw std::runtime_error(
        fmt::format("no folder for the user's data: XDG_DATA_HOME is '{}' and HOME is '{}', expected an "
                    "absolute path in one of them",
                    data, home));
}

std::string user_journal(const std::string &target) {
    return fmt::format("{}/journal/{}.jsonl", user_data_folder(), target);
}

std::string user_database(const std::string &target) {
    return fmt::format("{}/tuned/{}.json", user_data_folder(), target);
}

} // namespace normforge
