// SPDX-License-Identifier: MIT
// Writing a file as a whole, where an earlier process was killed in the middle of that.
#include "tools/normforge/common/whole_file.h"

#include "tests/tune/files.h"

#include <catch2/catch.hpp>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace normforge;
using namespace normforge::tune_test;

namespace {

mode_t permissions(const std::string &file) {
    struct stat status{};
    REQUIRE(stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

} // namespace

TEST_CASE("A draft that a killed process of the same number left is in nobody's way, and stays") {
    const Folder folder;
    const std::string file = folder.file("kept.json"), draft = file + "." + std::to_string(getpid()) + ".0";
    write(draft, "half");
    write_whole_file(file, "whole");
    CHECK(content(file) == "whole");
    CHECK(content(draft) == "half");
    CHECK(folder.names().size() == 2);
}

TEST_CASE("A file keeps its permissions, a new one has the usual ones") {
    const Folder folder;
    const mode_t before = umask(027);
    const std::string file = folder.file("kept.json");
    write_whole_file(file, "new");
    CHECK(permissions(file) == 0640);
    for (const mode_t mode : {0600, 0666}) {
        REQUIRE(chmod(file.c_str(), mode) == 0);
        write_whole_file(file, "newer");
        CHECK(permissions(file) == mode);
    }
    umask(before);
}
