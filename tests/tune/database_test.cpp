// SPDX-License-Identifier: MIT
// The tuning database: text form, what is refused and why, the ladder, and files that several processes want.
#include "generators/tuning/database.h"

#include "tests/tune/files.h"
#include "tools/normforge/tune/database_file.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <sys/stat.h>
#include <unistd.h>

using namespace normforge;
using namespace normforge::tune_test;
using Catch::Matchers::Contains;

namespace {

constexpr const char *kTarget = "x86-64-avx512";
constexpr const char *kSignature = "0123456789abcdef";
constexpr const char *kProblem = "forward_train:f32:nchw:32x64x56x56:relu";

TunedEntry entry(const std::string &problem = kProblem, const std::string &device = "AMD EPYC", int threads = 2) {
    TunedEntry e;
    e.problem = problem;
    e.configuration = "store=stream vector=16 unroll=4";
    e.device = device;
    e.threads = threads;
    e.tuned = {1.25, 1.0 / 3, 1.5};
    e.untuned = {1.5, 1.25, 2};
    e.rounds = 21;
    e.normforge = "0.1.0";
    e.halide = "19.0.0";
    e.llvm = "19.1.7";
    e.date = "2026-01-31";
    return e;
}

Database database(std::vector<TunedEntry> entries) {
    return {kTarget, kSignature, std::move(entries)};
}

LoadedDatabase parse(const std::string &text) {
    return parse_database(text, "d.json", kSignature, kTarget);
}

/// The text of a database of two entries, the second altered.
std::string altered(const std::string &what, const std::string &by) {
    std::string text = to_text(database({entry("forward_train:f32:nchw:1x3x4x5"), entry()}));
    const size_t at = text.find(what, text.find(kProblem) - std::string("{\"problem\": \"").size());
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

/// Why the altered second entry is refused, while the first stays.
std::string why_refused(const std::string &what, const std::string &by) {
    const LoadedDatabase loaded = parse(altered(what, by));
    REQUIRE(loaded.database.entries.size() == 1);
    CHECK(loaded.database.entries[0].problem == "forward_train:f32:nchw:1x3x4x5");
    REQUIRE(loaded.refused.size() == 1);
    return loaded.refused[0];
}

/// Which entry, named by its configuration, a lookup finds, and how.
std::string found(const Database &in, const std::string &problem, const std::string &device = "AMD EPYC", int threads = 2) {
    const Lookup lookup = look_up(in, parse_problem(problem), device, threads);
    return std::string(name_of(lookup.rung)) + (lookup.entry ? ": " + lookup.entry->configuration : "");
}

} // namespace

TEST_CASE("A database is read back as it was written, sorted by problem, device and threads") {
    const std::string text = to_text(database({entry(kProblem, "B", 2), entry(kProblem, "A", 16), entry(kProblem, "A", 2),
                                               entry("backward_train:f32:nchw:32x64x56x56", "Z", 1)}));
    const LoadedDatabase loaded = parse(text);
    CHECK(loaded.refused.empty());
    CHECK(to_text(loaded.database) == text);
    REQUIRE(loaded.database.entries.size() == 4);
    CHECK(loaded.database.entries[0].device == "Z");
    CHECK(key_of(loaded.database.entries[1]) == std::tuple(std::string(kProblem), std::string("A"), 2));
    CHECK(key_of(loaded.database.entries[2]) == std::tuple(std::string(kProblem), std::string("A"), 16));
    CHECK(loaded.database.entries[3].tuned.least == 1.0 / 3);
    CHECK(speed_up(loaded.database.entries[3]) == 1.2);
    CHECK(parse(to_text(database({}))).database.entries.empty());
}

TEST_CASE("The text is as documented") {
    TunedEntry e = entry();
    e.tuned.least = 1;
    CHECK(to_text(database({e})) == R"({"format": 1, "target": "x86-64-avx512", "signature": "0123456789abcdef", "entries": [
  {"problem": "forward_train:f32:nchw:32x64x56x56:relu",
   "configuration": "store=stream vector=16 unroll=4",
   "device": "AMD EPYC", "threads": 2,
   "milliseconds": {"median": 1.25, "least": 1.0, "most": 1.5},
   "default_milliseconds": {"median": 1.5, "least": 1.25, "most": 2.0},
   "rounds": 21, "normforge": "0.1.0", "halide": "19.0.0", "llvm": "19.1.7", "date": "2026-01-31"}
]}
)");
}

TEST_CASE("A database of another format, target or signature is refused as a whole") {
    const auto refuse = [](const std::string &what, const std::string &by, const std::string &why) {
        std::string text = to_text(database({entry()}));
        text.replace(text.find(what), what.size(), by);
        CHECK_THROWS_WITH(parse(text), Contains(why) && Catch::StartsWith("d.json: "));
    };
    refuse("1,", "2,", "\"format\" is 2, expected 1: another version of normforge wrote it");
    refuse(kTarget, "arm-64", "\"target\" is \"arm-64\", expected \"x86-64-avx512\"");
    refuse(kTarget, "z80", "\"target\" is \"z80\", expected one of: x86-64-avx512-bf16, x86-64-avx512, ");
    refuse(kSignature, "feed",
           "\"signature\" is \"feed\", expected \"0123456789abcdef\": it was tuned in another parameter space");
    refuse("{\"format", "[{\"format", "not JSON: parse error at line 9");
    refuse("\"entries\"", "\"entires\"", "\"entries\" is missing");
    CHECK_THROWS_WITH(parse(""), Contains("d.json: not JSON"));
    CHECK_THROWS_WITH(parse("[]"), "d.json: is [], expected an object");
    CHECK_THROWS_WITH(parse(R"({"format": 1, "target": "arm-64", "signature": "x", "entries": {}})"), Contains("arm-64"));
    // Without an expectation any will do.
    CHECK(parse_database(to_text(database({entry()})), "d.json", "").database.entries.size() == 1);
}

TEST_CASE("An entry that cannot be used is refused with its reason, the others stay") {
    const std::string place = std::string("d.json: entry 2 (") + kProblem + "): ";
    CHECK(why_refused("\"threads\": 2", "\"threads\": 0") == place + "\"threads\" is 0, expected a whole number from 1 on");
    CHECK(why_refused("\"rounds\": 21, ", "") == place + "\"rounds\" is missing");
    CHECK_THAT(why_refused("\"rounds\"", "\"pounds\": 1, \"rounds\""), Contains("\"pounds\" is no field"));
    CHECK_THAT(why_refused("AMD EPYC", ""), Contains("\"device\" is \"\", expected a text that is not empty"));
    CHECK_THAT(why_refused("1.25,", "-1.25,"), Contains("\"milliseconds\": \"median\" is -1.25, expected a number above 0"));
    CHECK_THAT(why_refused("\"least\": 1.25", "\"least\": 1.75"),
               Contains("\"default_milliseconds\": \"least\" is 1.75, expected at most the median"));
    CHECK_THAT(why_refused("\"most\": 1.5", "\"most\": 1.1"), Contains("\"most\" is 1.1, expected at least the median"));
    CHECK_THAT(why_refused("\"most\": 1.5", "\"most\": \"1.5\""),
               Contains("\"most\" is \"1.5\", expected a number above 0"));
    CHECK_THAT(why_refused("2026-01-31", "31.1.2026"),
               Contains("\"date\" is \"31.1.2026\", expected a date such as 2026-01-31"));
    CHECK_THAT(why_refused("2026-01-31", "2026-02-29"), Contains("expected a date"));
    CHECK_THAT(why_refused("nchw:32", "nqhw:32"),
               Contains("(forward_train:f32:nqhw:32x64x56x56:relu): \"problem\", column 19: "));
    CHECK_THAT(why_refused("nchw:32x64", "nchw:32x0064"),
               Contains("expected the spelling forward_train:f32:nchw:32x64x56x56"));
    CHECK_THAT(why_refused(":relu", ":relu:strides=1x1x1x2"), Contains("\"problem\": x: axis ")); // the library refuses it
    const std::string twice = to_text(database({entry(), entry()}));
    CHECK(parse(twice).database.entries.size() == 1);
    CHECK(parse(twice).refused.at(0) == place + "an earlier entry is for the same problem, device and threads");
    CHECK(parse(R"({"format": 1, "target": "x86-64-avx512", "signature": "0123456789abcdef", "entries": [7]})")
              .refused.at(0) == "d.json: entry 1: is 7, expected an object");
}

TEST_CASE("The ladder: exact, nearest shape, architecture, default") {
    const auto named = [](const std::string &name, const std::string &problem, const char *device = "AMD EPYC",
                          int threads = 2) {
        TunedEntry e = entry(problem, device, threads);
        e.configuration = name;
        return e;
    };
    const std::string head = "forward_train:f32:nchw:", tail = ":relu";
    const Database d = database({
        named("mine", head + "32x64x56x56" + tail),
        named("mine on 16", head + "32x64x56x56" + tail, "AMD EPYC", 16),
        named("smaller planes", head + "32x64x28x28" + tail),
        named("other device", head + "32x512x28x28" + tail, "Xeon"),
        named("other device on 8", head + "32x512x28x28" + tail, "Xeon", 8),
        named("without relu", head + "32x64x7x7"),
        named("accumulates", "backward_train:f32:nchw:32x64x56x56:none:grad=aww"),
        named("channels last", "forward_train:f32:nhwc:32x56x56x64" + tail),
        named("strided", head + "32x64x112x112" + tail + ":strides=802816x12544x112x1"),
    });
    SECTION("exact") {
        CHECK(found(d, head + "32x64x56x56" + tail) == "exact: mine");
        CHECK(found(d, head + "32x64x56x56" + tail, "AMD EPYC", 16) == "exact: mine on 16");
        CHECK(found(d, head + "32x64x56x56" + tail, "AMD EPYC", 8) == "exact: mine on 16"); // 8 is nearer to 16 than to 2
        CHECK(found(d, head + "32x512x28x28" + tail, "Xeon", 64) == "exact: other device on 8");
    }
    SECTION("nearest shape") {
        CHECK(found(d, head + "16x64x56x56" + tail) == "nearest shape: mine");
        CHECK(found(d, head + "32x64x30x30" + tail) == "nearest shape: smaller planes");
        CHECK(found(d, head + "32x64x112x110" + tail) == "nearest shape: strided");
        CHECK(found(d, "forward_train:f32:any:32x64x56x56:relu:axis=1") == "nearest shape: mine"); // another spelling
        CHECK(found(d, head + "32x64x56x56:relu:eps=0.5") == "nearest shape: mine");
        CHECK(found(d, "forward_train:f32:nhwc:32x28x28x64" + tail) == "nearest shape: channels last");
        CHECK(look_up(d, parse_problem(head + "16x32x56x56" + tail), "AMD EPYC", 2).doublings == Approx(std::sqrt(2)));
    }
    SECTION("a nearer shape on this device comes before the exact problem on another") {
        CHECK(found(d, head + "32x512x28x28" + tail) == "nearest shape: smaller planes");
        CHECK(found(d, head + "32x1024x28x28" + tail) == "nearest shape: smaller planes"); // 4 doublings
        CHECK(found(d, head + "32x2048x28x28" + tail) == "architecture: other device");
    }
    SECTION("architecture") {
        CHECK(found(d, head + "32x64x56x56" + tail, "new") == "architecture: mine");
        CHECK(found(d, head + "32x512x28x28" + tail, "new", 8) == "architecture: other device on 8");
        CHECK(found(d, head + "32x70x56x56" + tail, "new") == "architecture: mine");
    }
    SECTION("default") {
        CHECK(found(d, head + "1x64x1000x1000" + tail) == "default"); // too far away
        CHECK(found(d, "forward_train:f64:nchw:32x64x56x56" + tail) == "default");
        CHECK(found(d, head + "32x64x56x56:add_relu") == "default");
        CHECK(found(d, head + "32x64x56x56") == "default"); // 7x7 without ReLU is of the small_planes form
        CHECK(found(d, "forward_inference:f32:nchw:32x64x56x56" + tail) == "default");
        CHECK(found(d, "backward_train:f32:nchw:32x64x56x56") == "default"); // replaces dx
        CHECK(found(d, "backward_train:f32:nchw:16x64x56x56:none:grad=aww") == "nearest shape: accumulates");
        CHECK(found(d, head + "0x64x56x56" + tail) == "default"); // no elements
        CHECK(found(database({}), head + "32x64x56x56" + tail) == "default");
    }
    CHECK(name_of(Rung::architecture) == std::string("architecture"));
}

TEST_CASE("Winners are put into a file, one entry for each key") {
    const Folder folder;
    const std::string file = folder.file("tuned/x86-64-avx512.json");
    {
        DatabaseFile mine(file, kTarget, kSignature);
        mine.put({entry(), entry(kProblem, "B")});
        TunedEntry better = entry();
        better.configuration = "vector=8";
        mine.put({better});
        CHECK(mine.database().entries.size() == 2);
    }
    const auto read = read_database(file, kSignature, kTarget);
    REQUIRE(read);
    REQUIRE(read->database.entries.size() == 2);
    CHECK(read->database.entries[0].configuration == "vector=8");
    CHECK(DatabaseFile(file, kTarget, kSignature).database().entries.size() == 2);
    CHECK_FALSE(read_database(folder.file("absent.json"), kSignature));
    CHECK_THROWS_WITH(read_database(folder.path(), ""), folder.path() + ": cannot be read: Is a directory");
}

TEST_CASE("A file that writing would harm is not written") {
    const Folder folder;
    const std::string file = folder.file("d.json");
    const auto refuse = [&](const std::string &text, const std::string &why) {
        write(file, text);
        CHECK_THROWS_WITH(DatabaseFile(file, kTarget, kSignature), Contains(why) && Contains(file));
        CHECK(content(file) == text);
        CHECK(folder.names() == std::vector<std::string>{"d.json"});
    };
    refuse(to_text({kTarget, "feed", {entry()}}), "another parameter space");
    refuse(to_text({"arm-64", kSignature, {entry()}}), "\"target\" is \"arm-64\"");
    refuse("mine\n", "not JSON");
    refuse(to_text(database({entry(), entry()})),
           "has entries that writing it again would lose; correct or remove them:\n  " + file + ": entry 2 ");
}

TEST_CASE("A second writer is refused and told who has the database") {
    const Folder folder;
    const std::string file = folder.file("d.json");
    Holder first([&](const auto &ready) {
        const DatabaseFile mine(file, kTarget, kSignature);
        ready();
    });
    CHECK_THROWS_WITH(DatabaseFile(file, kTarget, kSignature),
                      Contains(file + ": is in use by process " + std::to_string(first.process()) + " on "));
    first.kill_now();
    DatabaseFile(file, kTarget, kSignature).put({entry()});
    CHECK(folder.names() == std::vector<std::string>{"d.json"});
}

TEST_CASE("A full disk or an unwritable folder leaves the database as it was") {
    const Folder folder;
    const std::string file = folder.file("d.json");
    DatabaseFile(file, kTarget, kSignature).put({entry()});
    const std::string before = content(file);
    CHECK(error_in_child([&] {
              limit_file_size(before.size() + 50);
              DatabaseFile mine(file, kTarget, kSignature);
              std::string error;
              try {
                  mine.put({entry(kProblem, "B")});
              } catch (const std::runtime_error &refused) {
                  error = refused.what();
              }
              if (mine.database().entries.size() != 1) error += ", but the database changed";
              throw std::runtime_error(error);
          }) == file + ": cannot be written: File too large");
    CHECK(content(file) == before);
    CHECK(folder.names() == std::vector<std::string>{"d.json"});

    chmod(folder.path().c_str(), 0555);
    CHECK(error_in_child([&] {
              become_nobody();
              DatabaseFile mine(file, kTarget, kSignature);
          }) == file + ": cannot be locked: Permission denied");
    CHECK(error_in_child([&] {
              become_nobody();
              write_database(file, database({}));
          }) == file + ": cannot be written: Permission denied");
    chmod(folder.path().c_str(), 0755);
    CHECK(content(file) == before);
}
