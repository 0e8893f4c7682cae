// SPDX-License-Identifier: MIT
// Two tuners take turns; and a machine that cannot compile is told from a candidate that does not.
#include "tools/normforge/tune/timing_lock.h"

#include "tests/tune/files.h"
#include "tools/normforge/tune/environment.h"
#include "tools/normforge/tune/run_stopped.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace normforge;
using namespace normforge::tune_test;
using Catch::Matchers::Contains;

namespace {

Deadline in_milliseconds(int count) {
    return TuningClock::now() + std::chrono::milliseconds(count);
}

void be_silent(const std::string &) {}

/// The text of what require_environment() throws, "" if it is the candidate's failure.
std::string stopped_by(const std::string &folder, const std::exception &failure) {
    try {
        require_environment(folder, failure);
        return "";
    } catch (const RunStopped &stopped) {
        return stopped.what();
    }
}

} // namespace

TEST_CASE("Who finds the machine taken is told by whom, once, and waits until the end") {
    const Folder folder;
    const std::string file = folder.file("machine");
    const Holder holder([&](const std::function<void()> &ready) {
        TimingLock other(file, be_silent);
        const auto alone = other.take({});
        ready();
    });
    std::vector<std::string> told;
    TimingLock mine(file, [&](const std::string &who) { told.push_back(who); });
    for (int i = 0; i < 2; i++) {
        const auto before = TuningClock::now();
        CHECK_FALSE(mine.take(in_milliseconds(200)));
        CHECK(TuningClock::now() - before >= std::chrono::milliseconds(200));
    }
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Contains("is in use by process " + std::to_string(holder.process())));
}

TEST_CASE("A tuner that was killed holds nothing") {
    const Folder folder;
    const std::string file = folder.file("machine");
    Holder holder([&](const std::function<void()> &ready) {
        TimingLock other(file, be_silent);
        const auto alone = other.take({});
        ready();
    });
    TimingLock mine(file, be_silent);
    CHECK_FALSE(mine.take(in_milliseconds(10)));
    holder.kill_now();
    CHECK(mine.take(in_milliseconds(10000)));
}

TEST_CASE("Who waits comes before who had the machine last") {
    const Folder folder;
    const std::string file = folder.file("machine");
    TimingLock first(file, be_silent);
    auto alone = first.take({});
    std::atomic<int> turns_of_other = 0;
    std::thread other([&] {
        TimingLock second(file, be_silent);
        for (int i = 0; i < 3; i++) {
            const auto other_alone = second.take(in_milliseconds(10000));
            if (other_alone) turns_of_other++;
        }
    });
    int turns = 0;
    for (; turns_of_other < 3 && turns < 50; turns++) { // wants it again at once, as a tuner does
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        alone.reset();
        alone = first.take(in_milliseconds(10000));
    }
    other.join();
    CHECK(turns_of_other == 3);
    CHECK(turns <= 5);
}

TEST_CASE("A place that cannot be locked stops the run") {
    const Folder folder;
    write(folder.file("file"), "");
    CHECK_THROWS_AS(TimingLock(folder.file("file") + "/machine", be_silent).take({}), RunStopped);
}

TEST_CASE("The machine's file is the user's, and is somewhere without one") {
    CHECK(error_in_child([] {
              setenv("XDG_DATA_HOME", "/data", 1);
              if (timing_lock_path().rfind("/data/normforge/timing.", 0) != 0) throw std::runtime_error(timing_lock_path());
              unsetenv("XDG_DATA_HOME");
              unsetenv("HOME");
              if (timing_lock_path().find("/normforge-timing.") == std::string::npos)
                  throw std::runtime_error(timing_lock_path());
          }) == "");
}

TEST_CASE("A compiler's own error is the candidate's; a full disk is not") {
    const Folder folder;
    CHECK(stopped_by(folder.file("1"), std::runtime_error("normforge-compiler ended with status 1\nno such vector")) == "");
    CHECK(folder.names().empty());
    const std::runtime_error full("ld ended with status 1\nld: final link failed: No space left on device");
    CHECK_THAT(stopped_by(folder.file("1"), full), Contains(folder.path()) && Contains("No space left on device"));
    CHECK_THAT(stopped_by(folder.file("1"), std::runtime_error("cc cannot be run: No such file or directory")),
               Contains("cc cannot be run"));
    CHECK_THAT(stopped_by(folder.file("1"), std::system_error(ENOENT, std::generic_category(), "temporary file")),
               Contains("temporary file"));
    const std::runtime_error large("cc ended with status 1\ncc1: out of memory: Cannot allocate memory"); // others take less
    CHECK(stopped_by(folder.file("1"), large) == "");
    CHECK(is_out_of_memory(large));
    CHECK_FALSE(is_out_of_memory(full));
    const std::runtime_error killed("ld was killed by signal 7\n"); // says nothing of the disk
    CHECK(stopped_by(folder.file("1"), killed) == "");
    CHECK_THAT(error_in_child([&] {
                   limit_file_size(4096);
                   require_environment(folder.file("1"), killed);
               }),
               Contains("File too large"));
    CHECK(folder.names().empty());
}
