// SPDX-License-Identifier: MIT
// What every strategy promises, whatever its order, and what the surrogate says.
#include "tests/tune/synthetic_space.h"
#include "tools/normforge/tune/search/strategy.h"
#include "tools/normforge/tune/search/surrogate.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <set>

using namespace normforge;

namespace {

constexpr const char *kKernel = "nf_forward_train_f32_inner_relu_cached_x86_64_avx512";

using Make = std::function<std::unique_ptr<Strategy>(const Space &)>;

const std::map<std::string, Make> kStrategies = {
    {"exhaustive", make_exhaustive},
    {"random", [](const Space &space) { return make_random(space, 1); }},
    {"local", [](const Space &space) { return make_local_search(space, 1); }},
};

/// All proposals, answered from the table in batches.
std::vector<Point> proposals(Strategy &strategy, const RecordedSpace &recorded, size_t batch_size) {
    std::vector<Point> all, batch;
    while (const std::optional<Point> point = strategy.next()) {
        all.push_back(*point);
        batch.push_back(*point);
        if (batch.size() < batch_size) continue;
        for (const Point &asked : batch) strategy.tell({asked, recorded.costs.at(asked)});
        batch.clear();
    }
    return all;
}

size_t differences(const Point &a, const Point &b) {
    size_t count = 0;
    for (size_t d = 0; d < a.size(); d++) count += a[d] != b[d];
    return count;
}

} // namespace

TEST_CASE("every strategy proposes every candidate once") {
    const RecordedSpace recorded = synthetic_space(kKernel, 1);
    for (const auto &[name, make] : kStrategies) {
        for (size_t batch : {size_t{1}, size_t{5}, recorded.space.size() + 1}) {
            INFO(name << ", " << batch << " at once");
            const auto strategy = make(recorded.space);
            const std::vector<Point> all = proposals(*strategy, recorded, batch);
            CHECK(all.size() == recorded.space.size());
            CHECK(std::set<Point>(all.begin(), all.end()).size() == all.size());
            CHECK_FALSE(strategy->next().has_value());
        }
    }
}

TEST_CASE("what was told before is not proposed again") {
    const RecordedSpace recorded = synthetic_space(kKernel, 1);
    const std::vector<Point> &points = recorded.space.points();
    for (const auto &[name, make] : kStrategies) {
        INFO(name);
        const auto strategy = make(recorded.space);
        std::set<Point> told;
        for (size_t i = 0; i < points.size(); i += 2) {
            strategy->tell({points[i], recorded.costs.at(points[i])});
            told.insert(points[i]);
        }
        const std::vector<Point> rest = proposals(*strategy, recorded, 1);
        CHECK(rest.size() == points.size() - told.size());
        CHECK(std::none_of(rest.begin(), rest.end(), [&](const Point &point) { return told.count(point) != 0; }));
    }
}

TEST_CASE("a point outside the space is refused") {
    const RecordedSpace recorded = synthetic_space(kKernel, 1);
    for (const auto &[name, make] : kStrategies) {
        INFO(name);
        CHECK_THROWS_WITH(make(recorded.space)->tell({{9, 9}, 1.0}), "point (9,9) is no candidate of the space");
    }
}

TEST_CASE("a space of one candidate is searched") {
    const Space space(parse_symbol("nf_merge_f32_x86_64_avx2"), false, NF_STORE_CACHED);
    for (const auto &[name, make] : kStrategies) {
        INFO(name);
        const auto strategy = make(space);
        CHECK(strategy->next() == Point{});
        CHECK_FALSE(strategy->next().has_value());
    }
}

TEST_CASE("the seed decides the order") {
    const RecordedSpace recorded = synthetic_space(kKernel, 1);
    const auto order = [&](std::unique_ptr<Strategy> strategy) { return proposals(*strategy, recorded, 2); };
    CHECK(order(make_random(recorded.space, 3)) == order(make_random(recorded.space, 3)));
    CHECK(order(make_random(recorded.space, 3)) != order(make_random(recorded.space, 4)));
    CHECK(order(make_local_search(recorded.space, 3)) == order(make_local_search(recorded.space, 3)));
}

TEST_CASE("exhaustive and local search begin with the default, the latter with all seeds") {
    const Space space(parse_symbol(kKernel), true, NF_STORE_STREAM);
    CHECK(make_exhaustive(space)->next() == space.default_point());
    const auto strategy = make_local_search(space, 1);
    for (const Point &seed : space.seeds()) CHECK(strategy->next() == seed);
}

TEST_CASE("local search looks around what is best, never around a failure") {
    const Space space(parse_symbol(kKernel), true, NF_STORE_CACHED);
    const auto strategy = make_local_search(space, 1);
    const std::vector<Point> seeds = space.seeds();
    for (const Point &seed : seeds) {
        REQUIRE(strategy->next() == seed);
        strategy->tell({seed, seed == seeds[2] ? std::optional<double>(0.9) : std::nullopt});
    }
    for (int i = 0; i < 7; i++) { // the eighth looks beyond
        const Point point = strategy->next().value();
        CHECK(differences(point, seeds[2]) == 1);
        strategy->tell({point, std::nullopt});
    }
}

TEST_CASE("local search survives a space where everything fails") {
    RecordedSpace recorded = synthetic_space(kKernel, 1);
    for (auto &[point, cost] : recorded.costs) cost.reset();
    const auto strategy = make_local_search(recorded.space, 1);
    CHECK(proposals(*strategy, recorded, 2).size() == recorded.space.size());
}

TEST_CASE("the surrogate knows what it was told and guesses the rest from what is near") {
    const Space space(parse_symbol(kKernel), true, NF_STORE_CACHED);
    Surrogate surrogate(space);
    const size_t last = space.size() - 1;
    surrogate.add(0);
    surrogate.add(last);
    surrogate.set(0, -1);
    surrogate.set(last, 1);
    const std::vector<Surrogate::Guess> guesses = surrogate.guesses();
    CHECK(guesses[0].mean == Approx(-1).margin(0.15));
    CHECK(guesses[last].mean == Approx(1).margin(0.15));
    size_t near = 1;
    while (differences(space.points()[near], space.points()[0]) != 1) near++;
    CHECK(guesses[near].mean < -0.2);
    CHECK(guesses[near].deviation > guesses[0].deviation);
}

TEST_CASE("a candidate that is under way makes its surroundings less uncertain, not better") {
    const Space space(parse_symbol(kKernel), true, NF_STORE_CACHED);
    Surrogate surrogate(space);
    surrogate.add(0);
    surrogate.set(0, 0.5);
    surrogate.add(1);
    surrogate.set(1, -0.5);
    const std::vector<Surrogate::Guess> before = surrogate.guesses();
    surrogate.add(2);
    const std::vector<Surrogate::Guess> after = surrogate.guesses();
    CHECK(after[2].mean == before[2].mean);
    CHECK(after[2].deviation < before[2].deviation);
}
