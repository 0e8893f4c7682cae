// SPDX-License-Identifier: MIT
// Files that the report reads, good and bad, and what it makes of them before anything is drawn.
#include "tests/report/sample.h"
#include "tools/normforge/report/content.h"
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace normforge;
using namespace normforge::report;
using namespace normforge::testing;
using Catch::Contains;

namespace {

/// A folder for files, gone afterwards.
class Folder {
public:
    Folder() { std::filesystem::create_directory(path_); }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string write(const std::string &name, const std::string &text) const {
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_ = std::filesystem::temp_directory_path() / ("normforge-report-" + std::to_string(getpid()));
};

std::string lines(const std::vector<nlohmann::json> &measurements) {
    std::string text;
    for (const auto &one : measurements) text += one.dump() + "\n";
    return text;
}

Content content_of(const std::vector<std::string> &texts) {
    const Folder folder;
    std::vector<std::string> files;
    for (const auto &text : texts) files.push_back(folder.write(std::to_string(files.size()), text));
    return make_content("title", read_input(files));
}

std::string error_of(const std::string &text) {
    try {
        content_of({text});
    } catch (const std::runtime_error &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a benchmark's ratios come from its samples") {
    const Content content = content_of({sample_bench().dump(2)});
    REQUIRE(content.rows.size() == 2);
    const Row &row = content.rows[0];
    CHECK(row.problem == kProblem);
    CHECK(std::string(row.temperature) == "cold");
    CHECK(row.milliseconds->median == 2);
    CHECK(row.milliseconds->least == Approx(1.8));
    CHECK(*row.gigabytes_per_second == Approx(0.5));
    CHECK(*row.roofline == Approx(0.5));
    CHECK(*row.to_floor == Approx(1.25));
    CHECK(*row.over_peer("onednn") == Approx(3));
    CHECK(!row.over_peer("torch"));
    CHECK(*row.noise == Approx(1.1));
    CHECK(!row.over_default);
    CHECK(row.outcome == "faster than onednn");
    CHECK(content.peers == std::vector<std::string>{"onednn"});
}

TEST_CASE("a case slower than a peer beyond the noise says so") {
    auto bench = sample_bench();
    bench["cases"] = {sample_case()};
    bench["cases"][0]["peers"] = {sample_series("onednn", 1.9)}; // 5 %, the noise is 10 %
    CHECK(content_of({bench.dump()}).rows[0].outcome == "level with onednn");
    bench["cases"][0]["peers"] = {sample_series("onednn", 1.5)};
    bench["cases"][0]["note"] = "a note";
    bench["cases"][0]["ours"]["counted_though_preempted"] = 1;
    const Row row = content_of({bench.dump()}).rows[0];
    CHECK(row.outcome == "slower than onednn; 1 of 15 samples preempted; a note");
    CHECK(row.slower);
}

TEST_CASE("the tuner's final rounds join the cold case of the same problem and machine") {
    const std::string journal = lines({sample_measurement("vector=8", 1), sample_measurement("vector=16", 0.5),
                                       sample_measurement("vector=16", 0.8, "final")});
    const Content content = content_of({sample_bench().dump(), journal});
    REQUIRE(content.rows.size() == 2);
    CHECK(*content.rows[0].over_default == Approx(1.25));
    CHECK(content.rows[0].outcome == "faster than onednn; tuned: 10 of 11 rounds faster");
    CHECK(!content.rows[1].over_default);

    auto bench = sample_bench();
    bench["machine"]["processor"] = "Another CPU";
    const Content other = content_of({bench.dump(), journal});
    REQUIRE(other.rows.size() == 3);
    CHECK(!other.rows[0].over_default);
    CHECK(*other.rows[2].over_default == Approx(1.25));
    CHECK(*other.rows[2].gigabytes_per_second == Approx(2 * 2 * 3 * 4 * 5 * 4 / 1.6 / 1e6)); // x and y of 120 floats
}

TEST_CASE("a search: each configuration once, failures and worse candidates leave the default") {
    const std::string journal = lines({sample_measurement("vector=8", 1.2), sample_failure("crash", "signal 11"),
                                       sample_measurement("vector=16", 0.9), sample_measurement("vector=16", 0.7),
                                       sample_measurement("vector=16", 0.1, "repeat"), sample_failure("crash", "signal 6")});
    const Content content = content_of({journal});
    REQUIRE(content.searches.size() == 1);
    const Search &search = content.searches[0];
    CHECK(search.kept_costs() == std::vector<double>{1, 1, 0.7});
    CHECK(search.failed() == 1);
    CHECK(search.best_candidate()->configuration == "vector=16");
    CHECK(!search.best_final());
    CHECK(content.rows[0].outcome == "best candidate so far, no final rounds");
    CHECK(!content.rows[0].over_default);
    CHECK(content.failures.at("crash").count == 2);
    CHECK(content.failures.at("crash").first.message == "signal 11");
}

TEST_CASE("searches of different problems, threads, devices or spaces stay apart") {
    std::vector<nlohmann::json> all = {sample_measurement("vector=8", 1)};
    for (const char *key : {"problem", "target", "device", "signature"}) {
        all.push_back(all[0]);
        all.back()[key] = std::string("problem") == key ? "backward_train:f32:nchw:2x3x4x5" : "other";
    }
    all.push_back(all[0]);
    all.back()["threads"] = 1;
    for (const char *key : {"normforge", "halide", "llvm", "compiler"}) { // other code of the same parameters
        all.push_back(all[0]);
        all.back()[key] = "0000000000000001";
    }
    CHECK(content_of({lines(all)}).searches.size() == 10);
}

TEST_CASE("the winner is the tuner's: the fastest that chance does not explain, not the fastest") {
    auto lucky = sample_measurement("vector=16", 0.5, "final"); // in 7 rounds of 11
    for (int i = 0; i < 4; i++) lucky["milliseconds"][i] = 2.5;
    const Content content = content_of({lines({sample_measurement("vector=16", 0.7), sample_measurement("vector=8", 0.7),
                                               lucky, sample_measurement("vector=8", 0.8, "final")})});
    CHECK(content.searches[0].chosen() == "vector=8");
    CHECK(content.searches[0].gain() == Approx(1.25));
    CHECK(content.rows[0].outcome == "tuned: 10 of 11 rounds faster");
    CHECK(content.rows[0].milliseconds->median == Approx(1.6));
    CHECK_THAT(to_text(content), Contains("vector=8\n"));
}

TEST_CASE("where the default stays its time is shown, and where finals are missing nothing is decided") {
    const auto search = [](const char *configuration) { return sample_measurement(configuration, 0.9); };
    const auto slow = sample_measurement("vector=8", 1.5, "final");
    const Content stays = content_of({lines({search("vector=8"), slow})});
    CHECK(stays.rows[0].milliseconds->median == Approx(2));
    CHECK(stays.rows[0].milliseconds->least == Approx(1.9));
    CHECK(stays.searches[0].chosen() == "default");
    CHECK(stays.rows[0].outcome == "default stays: 0 of 11 rounds faster");
    const Content open = content_of({lines({search("vector=8"), search("vector=16"), slow})});
    CHECK(open.rows[0].outcome == "not decided, finals are missing: 0 of 11 rounds faster");
}

TEST_CASE("a default that no candidate may replace is said to stay; a search without success, too") {
    CHECK(content_of({lines({sample_measurement("vector=8", 0.99, "final")})}).rows[0].outcome ==
          "default stays: 9 of 11 rounds faster");
    const Row row = content_of({lines({sample_failure("wrong", "y[0]")})}).rows[0];
    CHECK(row.outcome == "every candidate failed");
    CHECK(!row.milliseconds);
}

TEST_CASE("a journal's bad lines are skipped and said") {
    const std::string good = sample_measurement("vector=8", 1).dump();
    auto no_times = sample_measurement("vector=8", 1);
    no_times["milliseconds"] = nlohmann::json::array();
    const Content content = content_of({good + "\nnonsense\n" + no_times.dump() + "\n" + good.substr(0, 40)});
    CHECK(content.measurements == 1);
    const auto skipped = content.input.skipped();
    REQUIRE(skipped.size() == 3);
    CHECK_THAT(skipped[0], Contains("0:2: "));
    CHECK_THAT(skipped[1], Contains("0:3: ") && Contains("milliseconds"));
    CHECK_THAT(skipped[2], Contains("0:4: torn last line"));
    CHECK_THAT(content.warnings[0], Contains("Skipped: ") && Contains("0:2: "));
    CHECK_THAT(error_of(no_times.dump() + "\n"), Contains("no line can be used") && Contains("0:1: "));
}

TEST_CASE("what verification found stands at every row of its problem") {
    const std::string journal = lines({sample_measurement("vector=8", 1)});
    auto other = sample_verify();
    other["problems"][0]["nearest_its_bound"]["error"] = 2.4; // of another set of kernels, for example
    const Content content = content_of({sample_bench().dump(), journal, sample_verify().dump(), other.dump()});
    REQUIRE(content.rows.size() == 3);
    for (const Row &row : content.rows) CHECK(*row.error == Approx(0.4));
    CHECK(content.headlines.back().value == "0.40");
    CHECK_THAT(to_text(content), Contains("0.40"));
    CHECK(!content_of({sample_bench().dump()}).rows[0].error);
}

TEST_CASE("results that are wrong are warned of") {
    auto verify = sample_verify();
    verify["problems"][0]["failures"] = 2;
    verify["problems"][0]["nearest_its_bound"]["error"] = nullptr; // infinite
    const Content content = content_of({sample_bench().dump(), verify.dump()});
    CHECK(content.rows[0].wrong);
    CHECK_THAT(content.warnings.back(), Contains("/1 failed, the first of " + kProblem) && Contains("2 comparisons of"));
    CHECK_THAT(to_text(content), Contains("failed"));
    CHECK_THAT(content.headlines.back().meaning, !Contains("largest error"));
}

TEST_CASE("verification without times, or with a part missing, is refused") {
    CHECK_THAT(error_of(sample_verify().dump()),
               Contains("/0: says errors but no times, expected JSON of `normforge bench"));
    const auto refused = [](const char *pointer, const nlohmann::json &value) {
        auto verify = sample_verify();
        verify[nlohmann::json::json_pointer(pointer)] = value;
        return error_of(verify.dump());
    };
    auto older = sample_verify();
    older.erase("problems");
    CHECK_THAT(error_of(older.dump()), Contains("/0: no key \"problems\""));
    CHECK_THAT(refused("/problems/0/failures", -1), Contains("problems[0].failures: got -1, expected a whole number"));
    CHECK_THAT(refused("/problems/0/nearest_its_bound/bound", "six"),
               Contains("problems[0].nearest_its_bound.bound: got a string, expected a number from 0 on"));
}

TEST_CASE("the default against itself in final rounds is noise") {
    auto final = sample_measurement("vector=16", 0.8, "final");
    std::vector<double> again(11, 1.6); // against 2
    final["again_milliseconds"] = again;
    const Content content = content_of({lines({final})});
    CHECK(*content.rows[0].noise == Approx(1.25));
    CHECK(!content_of({lines({sample_measurement("vector=16", 0.8, "final")})}).rows[0].noise);
}

TEST_CASE("what is neither is refused with the file and the line") {
    CHECK_THAT(error_of(""), Contains("/0: empty, expected JSON of `normforge bench"));
    CHECK_THAT(error_of(" \n"), Contains("/0: empty"));
    CHECK_THAT(error_of("hello\n"), Contains("/0:1: not JSON"));
    CHECK_THAT(error_of("{\"a\": 1}"), Contains("/0: JSON without \"cases\""));
    CHECK_THAT(error_of("[1]"), Contains("/0: JSON without \"cases\""));
    CHECK_THAT(error_of(R"({"journal": "my.jsonl", "problems": []})"),
               Contains("/0: JSON of `normforge tune --json`, expected the journal that it names: \"my.jsonl\""));
    const std::string whole = sample_bench().dump(2);
    CHECK_THAT(error_of(whole.substr(0, whole.find("\"l2_bytes\""))), Contains(": JSON that ends too early"));
    const Folder folder;
    CHECK_THROWS_WITH(read_input({folder.path()}), Contains("Is a directory"));
    CHECK_THROWS_WITH(read_input({folder.path() + "/absent"}), Contains("absent: cannot be read: No such file"));
}

TEST_CASE("a benchmark with a part missing or wrong is refused with its key") {
    const auto refused = [](const char *pointer, const nlohmann::json &value) {
        auto bench = sample_bench();
        const nlohmann::json::json_pointer place(pointer);
        if (value.is_discarded())
            bench[place.parent_pointer()].erase(place.back());
        else
            bench[place] = value;
        return error_of(bench.dump(2));
    };
    const nlohmann::json absent = nlohmann::json(nlohmann::json::value_t::discarded);
    CHECK_THAT(refused("/machine", absent), Contains("/0: no key \"machine\""));
    CHECK_THAT(refused("/cases/1/ours/milliseconds", absent), Contains("/0: cases[1].ours: no key \"milliseconds\""));
    CHECK_THAT(refused("/cases/1/ours/milliseconds", nlohmann::json::array()),
               Contains("cases[1].ours.milliseconds: got a list, expected at least one time"));
    CHECK_THAT(refused("/cases/0/baseline/milliseconds/1", nullptr),
               Contains("cases[0].baseline.milliseconds[1]: got null, expected a number above 0"));
    CHECK_THAT(refused("/cases/0/ours/milliseconds/0", -1), Contains("got -1, expected a number above 0"));
    CHECK_THAT(refused("/cases/0/threads", 0), Contains("cases[0].threads: got 0, expected a number of threads"));
    CHECK_THAT(refused("/cases/0/threads", 1.5), Contains("cases[0].threads: got 1.5, expected a whole number"));
    CHECK_THAT(refused("/cases/0/temperature", "hot"), Contains("expected cold or warm"));
    CHECK_THAT(refused("/cases/0/traffic_bytes", 1e300), Contains("cases[0].traffic_bytes: got 1e+300"));
    CHECK_THAT(refused("/cases", nlohmann::json::array()), Contains("cases: got a list, expected at least one case"));
    CHECK_THAT(refused("/cases", 7), Contains("cases: got 7, expected a list"));
    CHECK_THAT(refused("/peers/onednn", 3), Contains("peers.onednn: got 3, expected a string"));
    CHECK_THAT(refused("/machine/l1_bytes", uint64_t{1} << 63), Contains("machine.l1_bytes"));
}

TEST_CASE("files that do not go together are warned of") {
    auto other = sample_bench();
    other["machine"]["processor"] = "Another CPU";
    other["normforge"] = "0.2.0";
    other["peers"]["onednn"] = "3.5.0";
    std::string warnings;
    for (const auto &warning : content_of({sample_bench().dump(), other.dump()}).warnings) warnings += warning + "\n";
    CHECK_THAT(warnings, Contains("different machines: A CPU, Another CPU"));
    CHECK_THAT(warnings, Contains("different versions: normforge 0.1.0, normforge 0.2.0"));
    CHECK_THAT(warnings, Contains("onednn 3.2.0, onednn 3.5.0"));
    auto first = sample_measurement("vector=8", 1), second = sample_measurement("vector=16", 1), unknown = second;
    first["compiler"] = "0000000000000001";
    second["compiler"] = "0000000000000002";
    CHECK(content_of({lines({first, unknown})}).warnings.empty());
    CHECK_THAT(content_of({lines({first, second})}).warnings.at(0),
               Contains("different versions: compiler 0000000000000001, compiler 0000000000000002"));
    CHECK_THAT(warnings, Contains("2 of 2 cases stand in the files more than once"));
    CHECK_THAT(warnings, Contains("more than 5 % in 4 of 4 cases, most by 10 %"));
}

TEST_CASE("preempted samples are warned of") {
    auto bench = sample_bench();
    CHECK(content_of({bench.dump()}).warnings.size() == 1); // the noise
    bench["cases"][0]["ours"]["counted_though_preempted"] = 3;
    CHECK_THAT(content_of({bench.dump()}).warnings[0], Contains("took cores away") && Contains("normforge 25 %"));
}

TEST_CASE("the terminal's table has everything") {
    const std::string text = to_text(
        content_of({sample_bench().dump(),
                    lines({sample_measurement("vector=16", 0.8, "final"), sample_failure("timeout", "longer than 10 s")})}));
    for (const char *part : {kProblem.c_str(), "faster than onednn; tuned: 10 of 11 rounds faster", "geometric mean: 3.00",
                             "vector=16", "timeout  longer than 10 s", "warning: "}) {
        CHECK_THAT(text, Contains(part));
    }
}
