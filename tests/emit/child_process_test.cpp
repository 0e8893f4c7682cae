// SPDX-License-Identifier: MIT
// What is handed to shells, and programs that do not end.
#include "generators/emit/child_process.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace normforge;

TEST_CASE("no argument of a command line to copy can be another command") {
    CHECK(shell_quoted("forward_train:f32:any:2x3:none:axis=-1") == "forward_train:f32:any:2x3:none:axis=-1");
    CHECK(shell_quoted("a; rm b") == "'a; rm b'");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    CHECK(shell_quoted("").size() == 2);
}

namespace {

double seconds_of(const std::function<void()> &work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Within ten seconds; a zombie counts, which waits for its new parent.
bool ends(pid_t process) {
    for (int look = 0; look < 1000; look++) {
        std::string word, state;
        std::ifstream status("/proc/" + std::to_string(process) + "/stat");
        status >> word >> word >> state;
        if (!status || state == "Z") return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

/// A shell that starts another process, whose number goes to a file, and waits for it.
struct Parent {
    std::string file = "/tmp/normforge_child_process_" + std::to_string(getpid());
    std::vector<std::string> command = {"sh", "-c", "sleep 60 & echo $! > " + file + "; wait"};

    ~Parent() { unlink(file.c_str()); }
    pid_t child() const {
        pid_t number = 0;
        std::ifstream(file) >> number;
        return number;
    }
};

} // namespace

TEST_CASE("a program's output comes back, with limits and without") {
    CHECK(run({"echo", "words"}) == "words\n");
    CHECK(run({"echo", "words"}, {10, [] { return false; }}) == "words\n");
    const double seconds = seconds_of([] { run({"sleep", "0.15"}, {10, {}}); });
    CHECK(seconds > 0.15);
    CHECK(seconds < 5);
}

TEST_CASE("why a program failed is said") {
    for (const RunLimits &limits : {RunLimits{}, RunLimits{10, {}}}) {
        CHECK_THROWS_WITH(run({"sh", "-c", "echo why >&2; exit 3"}, limits), "sh ended with status 3\nwhy\n");
        CHECK_THROWS_WITH(run({"sh", "-c", "kill -9 $$"}, limits), "sh was killed by signal 9 (Killed)\n");
        CHECK_THROWS_WITH(run({"/absent/program"}, limits), "/absent/program cannot be run: No such file or directory");
    }
}

TEST_CASE("a program that takes too long is ended with all it started") {
    const Parent parent;
    CHECK_THROWS_AS(run(parent.command, {0.5, {}}), TimedOut);
    REQUIRE(parent.child() > 0);
    CHECK(ends(parent.child()));
    CHECK_THROWS_WITH(run({"sleep", "60"}, {0.5, {}}), "sleep did not end within 0.5 s");
}

TEST_CASE("a program that takes too much memory is ended, also where a child of it takes that") {
    constexpr int64_t kMost = 100'000'000;
    for (const char *script : {"exec dd if=/dev/zero of=/dev/null bs=400M", "dd if=/dev/zero of=/dev/null bs=400M; true"})
        CHECK_THROWS_WITH(run({"sh", "-c", script}, {60, {}, kMost}), "sh took more than 100000000 bytes");
    CHECK(run({"echo", "words"}, {60, {}, kMost}) == "words\n");
}

TEST_CASE("a program that was given up is ended with all it started") {
    const Parent parent;
    CHECK_THROWS_WITH(run(parent.command, {60, [&] { return parent.child() > 0; }}), "sh was given up");
    CHECK(ends(parent.child()));
}

TEST_CASE("a child process that is left alone is ended") {
    const Parent parent;
    {
        const ChildProcess child(parent.command, {}, ChildProcess::Group::own);
        while (parent.child() == 0) CHECK_FALSE(child.ends_within(10));
    }
    CHECK(ends(parent.child()));
}
