// SPDX-License-Identifier: MIT
// What is handed to shells.
#include "generators/emit/child_process.h"

#include <catch2/catch.hpp>

using namespace normforge;

TEST_CASE("no argument of a command line to copy can be another command") {
    CHECK(shell_quoted("forward_train:f32:any:2x3:none:axis=-1") == "forward_train:f32:any:2x3:none:axis=-1");
    CHECK(shell_quoted("a; rm b") == "'a; rm b'");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    CHECK(shell_quoted("").size() == 2);
}
