// SPDX-License-Identifier: MIT
// Strategies on recorded spaces: synthetic ones, and those in spaces/ that `normforge tune --effort exhaustive` recorded.
// Prints how they compare: test_tune_search "[compare]".
#include "tests/tune/synthetic_space.h"
#include "tools/normforge/tune/journal_line.h"
#include "tools/normforge/tune/search/simulate.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace normforge;

namespace {

std::vector<RecordedSpace> synthetic_spaces() {
    std::vector<RecordedSpace> spaces;
    for (const char *symbol :
         {"nf_forward_train_f32_inner_relu_cached_x86_64_avx512", "nf_forward_train_f32_last_relu_cached_x86_64_avx512",
          "nf_backward_train_f32_inner_relu_cached_x86_64_avx2_planes"}) {
        for (uint64_t seed = 1; seed <= 4; seed++) spaces.push_back(synthetic_space(symbol, seed));
    }
    return spaces;
}

std::vector<RecordedSpace> measured_spaces() {
    std::vector<std::string> paths;
    if (!std::filesystem::is_directory(NF_RECORDED_SPACES)) return {};
    for (const auto &file : std::filesystem::directory_iterator(NF_RECORDED_SPACES)) {
        if (file.path().extension() == ".jsonl") paths.push_back(file.path().string());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<RecordedSpace> spaces;
    for (const std::string &path : paths) {
        for (RecordedSpace &space : read_recorded_spaces(path)) spaces.push_back(std::move(space));
    }
    return spaces;
}

struct Averages {
    double at_20 = 0, at_40 = 0, to_95 = 0, to_99 = 0;
};

Averages average(const std::vector<RecordedSpace> &spaces, const MakeStrategy &make, const SimulationSetting &setting) {
    Averages sum;
    for (const RecordedSpace &space : spaces) {
        const SimulationResult result = simulate(space, make, setting);
        const auto share = static_cast<double>(spaces.size());
        sum.at_20 += result.fraction.at(19) / share;
        sum.at_40 += result.fraction.at(39) / share;
        sum.to_95 += result.evaluations_to_95 / share;
        sum.to_99 += result.evaluations_to_99 / share;
    }
    return sum;
}

const SimulationSetting kQuick = {60, 8, 0.02, 2};

void print(const char *name, const Averages &result) {
    std::printf("  %-7s %.3f of the best after 20, %.3f after 40; 0.95 after %.1f, 0.99 after %.1f\n", name, result.at_20,
                result.at_40, result.to_95, result.to_99);
}

void print_comparison(const char *title, const std::vector<RecordedSpace> &spaces) {
    std::printf("%s, %zu candidates\n", title, spaces.front().space.size());
    print("random", average(spaces, make_random, {}));
    print("local", average(spaces, make_local_search, {}));
}

/// A file that goes away.
struct TemporaryFile {
    explicit TemporaryFile(const std::string &content) { std::ofstream(path) << content; }
    ~TemporaryFile() { std::filesystem::remove(path); }
    std::string path = (std::filesystem::temp_directory_path() / "normforge_recorded_space_test.jsonl").string();
};

constexpr const char *kProblem = "forward_train:f32:nc:4x4";

std::string line(const std::string &configuration, const std::string &outcome, const std::vector<double> &times) {
    Measurement m;
    m.problem = kProblem;
    m.target = "x86-64-avx2";
    m.device = "device";
    m.signature = "0123456789abcdef";
    m.configuration = configuration;
    m.phase = "search";
    m.outcome = outcome_named(outcome).value();
    m.milliseconds = times;
    m.default_milliseconds = std::vector<double>(times.size(), 2);
    m.normforge = m.halide = m.llvm = "1";
    m.time = "2026-01-31T12:00:00Z";
    return journal_line(m);
}

} // namespace

TEST_CASE("local search needs half as many evaluations as random search, and finds more") {
    const std::vector<RecordedSpace> spaces = synthetic_spaces();
    const Averages random = average(spaces, make_random, kQuick), local = average(spaces, make_local_search, kQuick);
    CHECK(local.to_95 <= random.to_95 / 2);
    CHECK(local.to_99 <= random.to_99 / 1.5);
    CHECK(local.at_20 >= random.at_20 + 0.03);
    CHECK(local.at_20 >= random.at_40);
    CHECK(local.at_40 >= 0.98);
}

TEST_CASE("on measured spaces local search finds more than random search, and sooner") {
    // Together: of a space where 95 % of the candidates are about as good, as inference has, a single one says little.
    const std::vector<RecordedSpace> spaces = measured_spaces();
    REQUIRE_FALSE(spaces.empty());
    const Averages random = average(spaces, make_random, kQuick), local = average(spaces, make_local_search, kQuick);
    CHECK(local.to_95 <= random.to_95);
    CHECK(local.to_99 <= random.to_99 * 0.75);
    CHECK(local.at_20 >= random.at_20 + 0.005);
    CHECK(local.at_40 >= random.at_40 + 0.005);
}

TEST_CASE("exhaustive search finds the best") {
    const RecordedSpace recorded = synthetic_space("nf_forward_inference_f32_inner_relu_cached_x86_64_avx512", 1);
    const auto make = [](const Space &space, uint64_t) { return make_exhaustive(space); };
    CHECK(simulate(recorded, make, {recorded.space.size(), 1, 0, 2}).fraction.back() == 1);
    CHECK(simulate(recorded, make, {recorded.space.size() + 9, 1, 0, 2}).fraction.back() == 1);
}

TEST_CASE("a failure is never what was found") {
    RecordedSpace recorded = synthetic_space("nf_forward_inference_f32_inner_relu_cached_x86_64_avx512", 1);
    for (auto &[point, cost] : recorded.costs) {
        if (point != recorded.space.points().back()) cost.reset();
    }
    const auto make = [](const Space &space, uint64_t) { return make_exhaustive(space); };
    const SimulationResult result = simulate(recorded, make, {recorded.space.size(), 1, 0, 1});
    CHECK(std::count(result.fraction.begin(), result.fraction.end(), 0.0) == 47);
    CHECK(result.fraction.back() == 1);
    CHECK(result.evaluations_to_95 == 48);
}

TEST_CASE("a journal is read as a recorded space") {
    const TemporaryFile file(line("vector=16", "measured", {1, 2, 9}) + line("vector=8", "measured", {1, 1, 1}) +
                             line("vector=8", "measured", {3, 3}) + line("vector=4", "timeout", {}) +
                             line("vector=8", "crash", {}));
    const std::vector<RecordedSpace> spaces = read_recorded_spaces(file.path);
    REQUIRE(spaces.size() == 1);
    const RecordedSpace &recorded = spaces.front();
    CHECK(recorded.problem == kProblem);
    CHECK(recorded.space.configuration(recorded.space.default_point()) == "vector=16");
    CHECK(recorded.costs.at(recorded.space.parse("vector=16")) == 1.0);
    CHECK(recorded.costs.at(recorded.space.parse("vector=8")) == 1.0); // the median of 0.5 and 1.5
    CHECK_FALSE(recorded.costs.at(recorded.space.parse("vector=4")).has_value());
    CHECK(recorded.best() == 1.0);
}

TEST_CASE("a file that is no journal is refused by line") {
    CHECK_THROWS_WITH(read_recorded_spaces("/no/such/file"), "recorded space /no/such/file: holds no measurement");
    const auto refused = [](const std::string &content) {
        const TemporaryFile file(line("vector=16", "measured", {1}) + content);
        CHECK_THROWS_WITH(read_recorded_spaces(file.path), Catch::Contains(file.path + ":2: "));
    };
    refused("{\n");
    refused("{}\n");
    const TemporaryFile file(line("vector=16", "measured", {1}) + line("unroll=8", "measured", {1}));
    CHECK_THROWS_WITH(read_recorded_spaces(file.path),
                      Catch::Contains(std::string("problem ") + kProblem + ": configuration 'unroll=8' has other names"));
}

TEST_CASE("strategies compared", "[.][compare]") {
    print_comparison("synthetic", synthetic_spaces());
    for (const RecordedSpace &space : measured_spaces()) print_comparison(space.problem.c_str(), {space});
}
