// SPDX-License-Identifier: MIT
// The journal: round trips, lines that are none, two writers, full disks. And where the user's files are.
#include "tools/normforge/tune/journal.h"

#include "tests/tune/files.h"
#include "tools/normforge/common/user_folders.h"
#include "tools/normforge/tune/journal_line.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>

using namespace normforge;
using namespace normforge::tune_test;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

namespace {

Measurement sample(const std::string &configuration = "store=stream vector=16 unroll=4") {
    Measurement m;
    m.problem = "forward_train:f32:nchw:32x64x56x56:relu";
    m.target = "x86-64-avx512";
    m.device = "AMD EPYC";
    m.threads = 2;
    m.signature = "0123456789abcdef";
    m.configuration = configuration;
    m.phase = "search";
    m.outcome = Outcome::measured;
    m.milliseconds = {1.25, 1.5, 1.0 / 3};
    m.default_milliseconds = {1.5, 1.75, 2};
    m.compile_seconds = 0.9;
    m.normforge = "0.1.0";
    m.halide = "19.0.0";
    m.llvm = "19.1.7";
    m.time = "2026-01-31T12:00:00Z";
    return m;
}

Measurement failure() {
    Measurement m = sample();
    m.outcome = Outcome::crash;
    m.message = "signal 11: \"bad\" \xff byte\n\ttab";
    m.milliseconds.clear();
    m.default_milliseconds.clear();
    return m;
}

/// Equal in every field that is written, bytes that are no UTF-8 aside.
bool same(const Measurement &a, const Measurement &b) {
    return journal_line(a) == journal_line(b);
}

/// sample() as a line with a part of it replaced.
std::string altered(const std::string &what, const std::string &by) {
    std::string line = journal_line(sample());
    const size_t at = line.find(what);
    REQUIRE(at != std::string::npos);
    return line.replace(at, what.size(), by);
}

std::string why_skipped(const std::string &line) {
    const JournalContent read = parse_journal(line, "j");
    REQUIRE(read.measurements.empty());
    REQUIRE(read.skipped.size() == 1);
    return read.skipped.front();
}

} // namespace

TEST_CASE("What is appended is read back, in the order and form of the documentation") {
    const Folder folder;
    const std::string file = folder.file("deep/er/journal.jsonl");
    {
        Journal journal(file);
        journal.append(sample());
        journal.append(failure());
    }
    Journal(file).append(sample("store=cached vector=8 unroll=4")); // later, by another tuner
    const JournalContent read = read_journal(file);
    CHECK(read.skipped.empty());
    REQUIRE(read.measurements.size() == 3);
    CHECK(same(read.measurements[0], sample()));
    CHECK(read.measurements[0].milliseconds == sample().milliseconds); // to the last bit
    CHECK(read.measurements[1].message == "signal 11: \"bad\" \xef\xbf\xbd byte\n\ttab");
    CHECK_FALSE(read.measurements[1].measured());
    CHECK(read.measurements[2].configuration == "store=cached vector=8 unroll=4");
    CHECK_THAT(
        content(file),
        Catch::StartsWith(R"({"format":1,"problem":"forward_train:f32:nchw:32x64x56x56:relu","target":"x86-64-avx512",)"
                          R"("device":"AMD EPYC","threads":2,"signature":"0123456789abcdef",)"
                          R"("configuration":"store=stream vector=16 unroll=4","phase":"search","outcome":"measured",)"
                          R"("message":"","milliseconds":[1.25,1.5,)"));
    CHECK(std::filesystem::directory_iterator(folder.file("deep/er"))->path() == file); // the lock is gone
}

TEST_CASE("What older versions did not write may be missing") {
    Measurement m = sample();
    CHECK(parse_journal_line(journal_line(m)).compiler.empty());
    CHECK_FALSE(noise(parse_journal_line(journal_line(m))));
    m.compiler = "0f1e2d3c4b5a6978";
    m.again_milliseconds = {1.5, 1.75, 1.25};
    const Measurement back = parse_journal_line(journal_line(m));
    CHECK(back.compiler == m.compiler);
    CHECK(back.again_milliseconds == m.again_milliseconds);
    CHECK(noise(back).value() == 1.75 / 1.5); // the larger median over the smaller
    CHECK_THAT(why_skipped(altered("\"time\"", "\"compiler\":\"\",\"time\"")),
               Contains("\"compiler\" is \"\", expected a text that is not empty"));
    CHECK_THAT(why_skipped(altered("\"time\"", "\"again_milliseconds\":[1.5],\"time\"")),
               Contains("\"again_milliseconds\" is [1.5], expected as many as \"default_milliseconds\": 3"));
}

TEST_CASE("Every outcome has a word of its own") {
    CHECK(outcome_names().size() == 7);
    for (const std::string &name : outcome_names()) CHECK(name_of(outcome_named(name).value()) == name);
    CHECK(outcome_names().front() == name_of(Outcome::measured));
    CHECK(std::string(name_of(Outcome::wrong)) == "wrong");
    CHECK_FALSE(outcome_named("bored"));
}

TEST_CASE("The cost is a ratio of medians") {
    Measurement m = sample();
    m.milliseconds = {9, 1, 2, 4};
    m.default_milliseconds = {5, 6, 8, 100};
    CHECK(median(m.milliseconds) == 3);
    CHECK(cost(m) == 3.0 / 7);
    CHECK(median({5}) == 5);
    CHECK_THROWS_AS(median({}), std::invalid_argument);
}

TEST_CASE("A journal that does not exist is empty") {
    const Folder folder;
    const JournalContent read = read_journal(folder.file("absent/journal.jsonl"));
    CHECK(read.measurements.empty());
    CHECK(read.skipped.empty());
    CHECK_THROWS_WITH(read_journal(folder.path()), Contains(folder.path() + ": cannot be read: Is a directory"));
}

TEST_CASE("A torn last line is skipped and said, and the next tuner loses nothing") {
    const Folder folder;
    const std::string file = folder.file("journal.jsonl"), line = journal_line(sample());
    for (const size_t length : {size_t{1}, line.size() / 2, line.size() - 2}) {
        write(file, line + line.substr(0, length));
        const JournalContent torn = read_journal(file);
        CHECK(torn.measurements.size() == 1);
        REQUIRE(torn.skipped.size() == 1);
        CHECK_THAT(torn.skipped[0], Catch::StartsWith(file + ":2: torn last line, not JSON: "));
        Journal(file).append(sample("vector=8"));
        const JournalContent resumed = read_journal(file);
        REQUIRE(resumed.measurements.size() == 2);
        CHECK(resumed.measurements[1].configuration == "vector=8");
        REQUIRE(resumed.skipped.size() == 1);
        CHECK_THAT(resumed.skipped[0], Catch::StartsWith(file + ":2: not JSON: "));
    }
    write(file, line + line.substr(0, line.size() - 1)); // only the newline is missing: a whole line
    CHECK(read_journal(file).measurements.size() == 2);
    Journal(file).append(sample("vector=8"));
    CHECK(read_journal(file).measurements.size() == 3);
    CHECK(read_journal(file).skipped.empty());
}

TEST_CASE("The limits of a trial are kept; a line of an earlier version ran under those of then") {
    Measurement m = failure();
    m.timeout_seconds = 2.5;
    m.memory_bytes = 1e9;
    const Measurement read = parse_journal_line(journal_line(m));
    CHECK(read.timeout_seconds == 2.5);
    CHECK(read.memory_bytes == 1e9);
    const std::string limits = R"("timeout_seconds":60.0,"memory_bytes":4294967296.0,)";
    const Measurement old = parse_journal_line(altered(limits, ""));
    CHECK(old.timeout_seconds == 60);
    CHECK(old.memory_bytes == 4294967296.0);
    CHECK(why_skipped(altered("60.0", "-1")) == "j:1: \"timeout_seconds\" is -1, expected a number above 0");
}

TEST_CASE("Bad lines in the middle are skipped, each with its reason") {
    const std::string good = journal_line(sample());
    const JournalContent read = parse_journal(good + "\n" + "[1, 2]\n" + std::string(7, '\0') + "\n" + good, "j");
    CHECK(read.measurements.size() == 2);
    REQUIRE(read.skipped.size() == 3);
    CHECK_THAT(read.skipped[0], Catch::StartsWith("j:2: not JSON"));
    CHECK(read.skipped[1] == "j:3: is [1,2], expected an object");
    CHECK_THAT(read.skipped[2], Catch::StartsWith("j:4: not JSON"));

    CHECK(why_skipped(altered("\"format\":1", "\"format\":2")) == "j:1: \"format\" is 2, expected 1");
    CHECK(why_skipped(altered("\"threads\":2,", "")) == "j:1: \"threads\" is missing");
    CHECK(why_skipped(altered("\"threads\":2", "\"threads\":0")) ==
          "j:1: \"threads\" is 0, expected a whole number from 1 on");
    CHECK_THAT(why_skipped(altered("\"threads\":2", "\"threads\":2.5")), Contains("expected a whole number"));
    CHECK_THAT(why_skipped(altered("\"threads\":2", "\"threads\":18446744073709551615")),
               Contains("expected a whole number"));
    CHECK_THAT(why_skipped(altered("\"threads\"", "\"treads\":1,\"threads\"")),
               Contains("\"treads\" is no field, expected: format, problem, "));
    CHECK(why_skipped(altered(":nchw:", ":nqhw:")).rfind("j:1: \"problem\", column 19: ", 0) == 0);
    CHECK(why_skipped(altered("\"search\"", "\"lost\"")) ==
          "j:1: \"phase\" is \"lost\", expected one of: search, repeat, final");
    CHECK_THAT(why_skipped(altered("\"measured\"", "\"bored\"")), Contains("expected one of: measured, compile, timeout, "));
    CHECK_THAT(why_skipped(altered("1.25,", "0,")), Contains("\"milliseconds\" is [0,1.5,"));
    CHECK_THAT(why_skipped(altered("1.25,", "1e999,")), Contains("not JSON"));
    CHECK_THAT(why_skipped(altered("1.25,", "null,")), Contains("expected a list of numbers above 0"));
    CHECK_THAT(why_skipped(altered("1.25,", "")), Contains("expected as many as \"milliseconds\": 2"));
    CHECK_THAT(why_skipped(altered("01-31T", "02-31T")), Contains("expected a time such as 2026-01-31T12:00:00Z"));
    CHECK_THAT(why_skipped(altered("12:00:00Z", "12:00Z")), Contains("expected a time"));
}

TEST_CASE("What would be skipped is not written") {
    const Folder folder;
    const std::string file = folder.file("journal.jsonl");
    Journal journal(file);
    Measurement bad = sample();
    bad.milliseconds[1] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(journal.append(bad), Contains("not a measurement: \"milliseconds\" is [1.25,null,"));
    bad = failure();
    bad.outcome = Outcome::measured;
    CHECK_THROWS_WITH(journal.append(bad), Contains("expected at least one"));
    CHECK(content(file).empty());
}

TEST_CASE("A second tuner is refused and told who has the journal; a killed one holds nothing") {
    const Folder folder;
    const std::string file = folder.file("journal.jsonl");
    Holder first([&](const auto &ready) {
        Journal journal(file);
        journal.append(sample());
        ready();
    });
    const std::string who = "process " + std::to_string(first.process()) + " on ";
    CHECK_THROWS_WITH(Journal(file), Catch::StartsWith(file + ": is in use by " + who) && Contains(" since 20"));
    std::filesystem::create_symlink(file, folder.file("link.jsonl"));
    CHECK_THROWS_WITH(Journal(folder.file("link.jsonl")), Contains(who)); // another name of the same file
    CHECK(read_journal(file).measurements.size() == 1);                   // reading needs no lock
    first.kill_now();
    CHECK(std::filesystem::exists(file + ".lock"));
    Journal(file).append(sample());
    CHECK(read_journal(file).measurements.size() == 2);
    CHECK_FALSE(std::filesystem::exists(file + ".lock"));
}

TEST_CASE("A child of the tuner leaves the lock in place") {
    const Folder folder;
    const std::string file = folder.file("journal.jsonl");
    const Journal journal(file);
    CHECK(error_in_child([&] { journal.~Journal(); }).empty());
    CHECK_THAT(error_in_child([&] { Journal again(file); }), Contains("is in use by process " + std::to_string(getpid())));
}

TEST_CASE("A full disk leaves whole lines, and the journal goes on when there is room") {
    const Folder folder;
    const std::string file = folder.file("journal.jsonl"), line = journal_line(sample());
    const std::string two = line + line;
    const std::string error = error_in_child([&] {
        limit_file_size(two.size() + line.size() / 2);
        Journal journal(file);
        for (int i = 0; i < 3; ++i) journal.append(sample());
    });
    CHECK(error == file + ": cannot be written: File too large");
    CHECK(content(file) == two);
    Journal(file).append(sample());
    CHECK(content(file) == two + line);
}

TEST_CASE("A disk that is really full leaves whole lines") {
    const Folder folder;
    const std::string file = folder.file("journal.jsonl"), line = journal_line(sample());
    const std::string error = error_in_child([&] {
        if (!mount_small_disk(folder.path(), 16384)) throw std::runtime_error("cannot mount");
        Journal journal(file);
        size_t written = 0;
        std::string full;
        try {
            for (; written < 1000; ++written) journal.append(sample());
        } catch (const std::runtime_error &refused) {
            full = refused.what();
        }
        std::string expected;
        for (size_t i = 0; i < written; ++i) expected += line;
        if (content(file) != expected) throw std::runtime_error("the journal does not hold the whole lines");
        throw std::runtime_error(written < 5 ? "too few lines" : full);
    });
    if (error == "cannot mount")
        WARN("this system lets nobody mount a small disk: not tested");
    else
        CHECK(error == file + ": cannot be written: No space left on device");
}

TEST_CASE("Places that cannot be written are named, with the reason") {
    const Folder folder;
    write(folder.file("file"), "");
    CHECK_THROWS_WITH(Journal(folder.file("file/journal.jsonl")),
                      Contains("file/journal.jsonl: cannot be locked: Not a directory"));
    chmod(folder.path().c_str(), 0555);
    const std::string file = folder.file("journal.jsonl");
    CHECK(error_in_child([&] {
              become_nobody();
              Journal journal(file);
          }) == file + ": cannot be locked: Permission denied");
    chmod(folder.path().c_str(), 0755);
}

TEST_CASE("The user's files are where the XDG base directory specification says") {
    const auto set = [](const char *data, const char *home) {
        data ? setenv("XDG_DATA_HOME", data, 1) : unsetenv("XDG_DATA_HOME");
        home ? setenv("HOME", home, 1) : unsetenv("HOME");
    };
    const std::string home_before = std::getenv("HOME") ? std::getenv("HOME") : "";
    set("/data", "/home/me");
    CHECK(user_journal("x86-64-avx2") == "/data/normforge/journal/x86-64-avx2.jsonl");
    CHECK(user_database("arm-64") == "/data/normforge/tuned/arm-64.json");
    set(nullptr, "/home/me");
    CHECK(user_data_folder() == "/home/me/.local/share/normforge");
    set("", "/home/me");
    CHECK(user_data_folder() == "/home/me/.local/share/normforge");
    set("relative", "/home/me"); // "invalid and ignored"
    CHECK(user_data_folder() == "/home/me/.local/share/normforge");
    set("relative", nullptr);
    CHECK_THROWS_WITH(user_data_folder(),
                      "no folder for the user's data: XDG_DATA_HOME is 'relative' and HOME is '', expected "
                      "an absolute path in one of them");
    set(nullptr, nullptr);
    CHECK_THROWS_WITH(user_data_folder(), Contains("XDG_DATA_HOME is '' and HOME is ''"));
    set(nullptr, home_before.c_str());
}
