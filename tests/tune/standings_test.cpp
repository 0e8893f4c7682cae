// SPDX-License-Identifier: MIT
// Who wins, from measurements as a journal has them.
#include "tools/normforge/tune/standings.h"

#include <catch2/catch.hpp>

using namespace normforge;

namespace {

/// Fifteen rounds in which the default takes 2 ms and the candidate `cost` times that; in the first `slow` of them 10 ms.
Measurement measured(const std::string &configuration, double cost, const std::string &phase = "search", size_t slow = 0) {
    Measurement m;
    m.problem = "forward_train:f32:nchw:2x16x20x20";
    m.configuration = configuration;
    m.phase = phase;
    m.default_milliseconds.assign(15, 2.0);
    m.milliseconds.assign(15, 2 * cost);
    std::fill_n(m.milliseconds.begin(), slow, 10.0);
    m.time = "2026-01-31T12:00:00Z";
    return m;
}

Measurement failed(const std::string &configuration, const std::string &phase = "search") {
    Measurement m = measured(configuration, 1, phase);
    m.outcome = Outcome::timeout;
    m.message = "did not end within 60 s";
    m.milliseconds.clear();
    m.default_milliseconds.clear();
    return m;
}

Standings standings(const std::vector<Measurement> &measurements) {
    Standings standings;
    for (const Measurement &m : measurements) standings.add(m);
    return standings;
}

/// Search and repeats.
std::vector<Measurement> three_times(const std::string &configuration, double cost) {
    return {measured(configuration, cost), measured(configuration, cost, "repeat"), measured(configuration, cost, "repeat")};
}

std::vector<Measurement> operator+(std::vector<Measurement> all, const std::vector<Measurement> &more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// Of a space as large as what was tried, unless it is given.
TunedProblem decided(const std::vector<Measurement> &measurements, size_t space = 0, size_t untried_proposals = 0) {
    const Standings all = standings(measurements);
    TunedProblem result;
    result.problem = measurements.front().problem;
    result.space = space > 0 ? space : all.tried();
    result.untried_proposals = untried_proposals;
    all.decide(result);
    return result;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("a candidate whose final is faster replaces the default") {
    const TunedProblem result =
        decided(three_times("a", 0.8) + three_times("default's", 1.0) + std::vector{measured("a", 0.9, "final", 2)});
    CHECK(result.decided);
    CHECK(result.why_default.empty());
    REQUIRE(result.entry);
    CHECK(result.entry->configuration == "a");
    CHECK(result.entry->tuned.median == Approx(1.8));
    CHECK(result.entry->tuned.most == Approx(10));
    CHECK(result.entry->untuned.median == Approx(2));
    CHECK(result.entry->rounds == 15);
    CHECK(result.entry->date == "2026-01-31");
}

TEST_CASE("of two that may replace the default the one with the faster final wins, whatever the search saw") {
    const auto searched = three_times("a", 0.80) + three_times("b", 0.81);
    CHECK(decided(searched + std::vector{measured("a", 0.92, "final"), measured("b", 0.88, "final")}).entry->configuration ==
          "b");
    // The fastest that chance explains does not win.
    CHECK(decided(searched + std::vector{measured("a", 0.92, "final"), measured("b", 0.88, "final", 3)})
              .entry->configuration == "a");
}

TEST_CASE("a winner stays one when others look better in the search and lose their finals") {
    auto all = three_times("a", 0.9) + std::vector{measured("a", 0.9, "final")};
    for (const char *lucky : {"b", "c", "d"})
        all = all + three_times(lucky, 0.8) + std::vector{measured(lucky, 1.0, "final")};
    CHECK(decided(all).entry->configuration == "a");
}

TEST_CASE("a candidate that fails in its final hides no other") {
    const auto all = three_times("a", 0.7) + three_times("b", 0.9) + std::vector{failed("a", "final")};
    CHECK(standings(all).finalists() == Names{"b"});
    CHECK(*standings(all).next_final() == "b");
    const TunedProblem undecided = decided(all);
    CHECK_FALSE(undecided.decided);
    CHECK(undecided.failures.at("timeout").count == 1);
    CHECK(undecided.failures.at("timeout").first == "a: did not end within 60 s");
    const TunedProblem result = decided(all + std::vector{measured("b", 0.9, "final")});
    CHECK(result.decided);
    CHECK(result.entry->configuration == "b");
    CHECK(result.failures.at("timeout").count == 1);
}

TEST_CASE("a candidate that fails in a repeat is out") {
    const auto all = std::vector{measured("a", 0.7), failed("a", "repeat"), measured("b", 0.9)};
    CHECK(standings(all).ranking() == Names{"b"});
    CHECK(decided(all).failures.at("timeout").count == 1);
}

TEST_CASE("what was measured after a failure counts, the failure no more") {
    const auto searched = std::vector{failed("a")} + three_times("a", 0.8);
    CHECK(standings(searched).ranking() == Names{"a"});
    CHECK(decided(searched).failures.empty());
    const auto repeated = std::vector{measured("a", 0.8), failed("a", "repeat"), measured("a", 0.8, "repeat")};
    CHECK(standings(repeated).ranking() == Names{"a"});
    CHECK(standings(repeated).repeats_left() == 1);
    const auto finished = three_times("a", 0.8) + std::vector{failed("a", "final"), measured("a", 0.8, "final")};
    CHECK(decided(finished).entry->configuration == "a");
    CHECK(decided(finished).failures.empty());
}

TEST_CASE("a search of the same configuration replaces what earlier ones measured, its final too") {
    const auto old = three_times("a", 0.5) + std::vector{measured("a", 0.5, "final")};
    const Standings again = standings(old + std::vector{measured("a", 0.9)});
    CHECK(again.tried() == 1);
    CHECK(*again.best_cost() == Approx(0.9));
    CHECK(again.repeats_left() == 2);
    CHECK(*again.next_final() == "a");
    CHECK(again.winner() == nullptr);
    CHECK(standings(old + std::vector{failed("a")}).ranking().empty());
}

TEST_CASE("the search is told of its own measurements, and of what it cannot know") {
    Standings standings;
    CHECK(standings.add(measured("a", 0.9)));
    CHECK_FALSE(standings.add(measured("a", 0.9, "repeat")));
    CHECK_FALSE(standings.add(measured("a", 0.9, "final")));
    CHECK(standings.add(measured("a", 0.8)));
    CHECK(standings.add(measured("b", 0.9, "repeat"))); // the line of its search is lost
    CHECK(standings.add(measured("c", 0.9, "final")));
}

TEST_CASE("the best are measured three times before the finals, and their median counts") {
    std::vector<Measurement> all = {measured("lucky", 0.7), measured("good", 0.8)};
    CHECK(standings(all).finalists() == Names{"lucky"});
    CHECK(standings(all).repeats_left() == 2);
    all = all + std::vector{measured("lucky", 0.95, "repeat"), measured("lucky", 0.9, "repeat")};
    CHECK(standings(all).ranking() == Names{"good", "lucky"});
    CHECK(*standings(all).to_repeat() == "good");
    CHECK_FALSE(standings(all).settled());
    all = all + std::vector{measured("good", 0.8, "repeat"), measured("good", 0.8, "repeat")};
    CHECK_FALSE(standings(all).to_repeat());
    CHECK_FALSE(standings(all).settled());
    CHECK(standings(all + std::vector{measured("good", 0.8, "final")}).settled());
}

TEST_CASE("in the finals are three at most, within 3 % of the best, and none slower than the default") {
    const auto range = std::vector{measured("a", 0.800), measured("b", 0.823), measured("c", 0.825)};
    CHECK(standings(range).finalists() == Names{"a", "b"});
    const auto many = std::vector{measured("a", 0.80), measured("b", 0.81), measured("c", 0.82), measured("d", 0.82)};
    CHECK(standings(many).finalists().size() == 3);
    CHECK(standings({measured("a", 0.99), measured("b", 1.001)}).finalists() == Names{"a"});
    CHECK(standings({measured("a", 1.001)}).finalists().empty());
}

TEST_CASE("without all finals nothing is decided, unless there is a winner") {
    const auto searched = three_times("a", 0.80) + three_times("b", 0.81);
    const TunedProblem open = decided(searched + std::vector{measured("a", 1.0, "final")});
    CHECK_FALSE(open.decided);
    CHECK(open.why_default == "not decided: no time was left for all finals");
    CHECK(open.entry->configuration == kDefaultConfiguration);
    CHECK(decided(searched + std::vector{measured("a", 0.9, "final")}).decided);
    const TunedProblem stays = decided(searched + std::vector{measured("a", 1.0, "final"), measured("b", 0.99, "final")});
    CHECK(stays.decided);
    CHECK(stays.why_default == "the best: 1.000 of the default's time, expected at most 0.98");
    CHECK(stays.entry->configuration == kDefaultConfiguration);
    CHECK(stays.entry->tuned.median == stays.entry->untuned.median);
}

TEST_CASE("few candidates do not decide for the default, unless there are no more; a winner among them wins") {
    std::vector<Measurement> slow;
    for (const char *name : {"a", "b", "c", "d", "e", "f", "g"}) slow.push_back(measured(name, 1.1));
    const TunedProblem few = decided(slow, 432);
    CHECK_FALSE(few.decided);
    CHECK(few.why_default == "not decided: 7 candidates tried, expected at least 8");
    CHECK(decided(slow, 7).decided);
    CHECK(decided(slow + std::vector{measured("h", 1.1)}, 432).decided);
    CHECK(decided(three_times("a", 0.8) + std::vector{measured("a", 0.8, "final")}, 432).entry->configuration == "a");
}

TEST_CASE("nothing is decided before what the database has was tried") {
    const TunedProblem result = decided(three_times("a", 0.8) + std::vector{measured("a", 0.8, "final")}, 432, 1);
    CHECK_FALSE(result.decided);
    CHECK(result.why_default == "not decided: no time was left for what the database has");
    CHECK(result.entry->configuration == kDefaultConfiguration);
}

TEST_CASE("if nothing could be measured the first reason is given") {
    CHECK_THROWS_WITH(decided({failed("a")}), "no candidate could be measured: did not end within 60 s");
    CHECK_THROWS_WITH(decided(three_times("a", 0.9) + std::vector{failed("a", "final")}),
                      "no candidate could be measured: did not end within 60 s");
    TunedProblem none;
    Standings().decide(none);
    CHECK_FALSE(none.entry);
    CHECK_FALSE(none.decided);
    CHECK(none.why_default == "not tried: no time was left");
}
