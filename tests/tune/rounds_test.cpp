// SPDX-License-Identifier: MIT
// How the time of a run is shared, on a clock that only the simulated problems move.
#include "tools/normforge/tune/rounds.h"

#include "tools/normforge/common/command_line.h"
#include "tools/normforge/tune/run_stopped.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace normforge;

namespace {

TuningClock::duration seconds_of(double seconds) {
    return std::chrono::duration_cast<TuningClock::duration>(std::chrono::duration<double>(seconds));
}

/// What a problem really takes, in seconds.
struct Truth {
    double prepare = 1, candidate = 0.5, finish = 3, worth = 1;
    double feared = 0; ///< that finish is told to take more
    size_t space = 1000;
    double busy = 0;   ///< another tuner has the machine until then
    std::string error; ///< what its search ends with
};

/// What became of a problem, which outlives it.
struct Record {
    size_t tried = 0, prepared = 0;
    bool finished = false;
};

struct World {
    TuningClock::time_point now{};
    std::vector<Record> records;
    std::vector<size_t> done, failed;
    int alive = 0, most_alive = 0; ///< problems that are prepared

    void pass(double seconds) { now += seconds_of(seconds); }
    double seconds() const { return std::chrono::duration<double>(now - TuningClock::time_point{}).count(); }
};

class Simulated : public Contestant {
public:
    Simulated(World &world, size_t number, const Truth &truth) : world_(world), number_(number), truth_(truth) {}
    ~Simulated() override { Simulated::release(); }

    Outlook outlook() const override {
        Outlook outlook;
        outlook.tried = record().tried;
        outlook.left = truth_.space - record().tried;
        outlook.bytes = truth_.prepare;
        if (record().tried == 0) return outlook;
        outlook.worth = truth_.worth;
        outlook.prepare_seconds = truth_.prepare;
        outlook.candidate_seconds = truth_.candidate;
        outlook.finish_seconds = truth_.finish + truth_.feared;
        return outlook;
    }

    void search(size_t candidates, Deadline end) override {
        if (world_.seconds() < truth_.busy) {
            const TuningClock::time_point free{seconds_of(truth_.busy)};
            world_.now = end ? std::min(free, *end) : free;
            if (world_.now < free) return;
        }
        prepare();
        if (truth_.error == "stop") throw RunStopped("the disk is full");
        if (truth_.error == "interrupt") throw Interrupted("interrupted");
        if (!truth_.error.empty()) throw std::runtime_error(truth_.error);
        for (; candidates > 0 && record().tried < truth_.space && (!end || world_.now < *end); candidates--) {
            world_.pass(truth_.candidate);
            record().tried++;
        }
    }

    void finish(Deadline end) override {
        if (record().tried == 0) return;
        if (end && world_.seconds() + truth_.finish > std::chrono::duration<double>(end->time_since_epoch()).count() + 1e-6)
            return;
        prepare();
        world_.pass(truth_.finish);
        record().finished = true;
    }

    void release() override {
        world_.alive -= prepared_;
        prepared_ = false;
    }

private:
    Record &record() const { return world_.records[number_]; }

    void prepare() {
        if (prepared_) return;
        prepared_ = true;
        record().prepared++;
        world_.most_alive = std::max(world_.most_alive, ++world_.alive);
        world_.pass(truth_.prepare);
    }

    World &world_;
    size_t number_;
    Truth truth_;
    bool prepared_ = false;
};

World run(const std::vector<Truth> &truths, double seconds) {
    World world;
    world.records.resize(truths.size());
    std::vector<std::unique_ptr<Contestant>> contestants;
    for (size_t i = 0; i < truths.size(); i++) contestants.push_back(std::make_unique<Simulated>(world, i, truths[i]));
    Deadline end;
    if (seconds > 0) end = world.now + seconds_of(seconds);
    Rounds rounds(
        std::move(contestants), end,
        {[&](size_t i) { world.done.push_back(i); }, [&](size_t i, const std::exception &) { world.failed.push_back(i); }},
        [&] { return world.now; });
    rounds.run();
    CHECK(world.done.size() + world.failed.size() == truths.size());
    CHECK(world.most_alive <= 1);
    CHECK(world.alive == 0);
    return world;
}

} // namespace

TEST_CASE("Without an end every problem has all its candidates, one problem after the other") {
    Truth small;
    small.space = 20;
    const World world = run({small, small, small}, 0);
    CHECK(world.done == std::vector<size_t>{0, 1, 2});
    for (const Record &record : world.records) {
        CHECK(record.tried == 20);
        CHECK(record.prepared == 1);
        CHECK(record.finished);
    }
}

TEST_CASE("Time goes to the problem that is worth most, and every problem has its first turn and its finals") {
    Truth heavy;
    heavy.worth = 10;
    const World world = run({{}, heavy, {}}, 120);
    for (const Record &record : world.records) {
        CHECK(record.tried >= 8);
        CHECK(record.finished);
    }
    CHECK(world.records[1].tried > 2 * world.records[0].tried);
    CHECK(world.records[0].tried < world.records[1].tried);
    CHECK(world.seconds() <= 120);
    CHECK(world.seconds() > 100);
}

TEST_CASE("Of equal problems none is favoured") {
    const World world = run(std::vector<Truth>(4), 200);
    size_t least = 1000, most = 0;
    for (const Record &record : world.records) {
        least = std::min(least, record.tried);
        most = std::max(most, record.tried);
    }
    CHECK(least > 40);
    CHECK(most < 2 * least);
}

TEST_CASE("A problem that is slow to prepare has few turns") {
    Truth large;
    large.prepare = 10;
    large.worth = 20;
    const World world = run({{}, large}, 300);
    CHECK(world.records[1].tried > 100);
    CHECK(static_cast<double>(world.records[1].prepared) * large.prepare < 100);
    CHECK(world.seconds() <= 300);
}

TEST_CASE("A large tensor has as many candidates as small ones of the same worth for each second") {
    Truth large;
    large.prepare = 4;
    large.candidate = 2;
    large.finish = 6;
    large.worth = 4;
    const World world = run({{}, {}, large, {}}, 240);
    CHECK(world.records[2].tried > world.records[0].tried / 2);
    CHECK(world.seconds() <= 240);
}

TEST_CASE("The run ends in time, also if that is short") {
    for (const double seconds : {1.0, 3.0, 5.0, 8.0, 12.0, 20.0, 35.0, 60.0}) {
        const World world = run(std::vector<Truth>(8), seconds);
        INFO(seconds);
        CHECK(world.seconds() <= 1.05 * seconds + 2); // the first turn is not known before: prepare, one candidate
        CHECK(world.done.size() == 8);
    }
    const World none = run(std::vector<Truth>(8), 1);
    CHECK(none.records[7].tried == 0);
    const World few = run(std::vector<Truth>(8), 20); // better some of them with finals than all without
    CHECK(few.records[0].finished);
}

TEST_CASE("A problem without time for it does not end the run: a smaller one may fit") {
    Truth large;
    large.prepare = 50;
    const World world = run({{}, large, {}}, 30);
    CHECK(world.records[1].tried == 0);
    CHECK(world.records[2].finished);
}

TEST_CASE("Large tensors at the head of the file leave the small ones their time") {
    Truth large;
    large.prepare = 15;
    large.candidate = 3;
    large.finish = 10;
    large.worth = 50;
    const World world = run({large, large, {}, {}, {}, {}}, 90);
    for (size_t i = 2; i < 6; i++) CHECK(world.records[i].finished);
    CHECK(world.records[0].finished); // and the other one has what is left
    CHECK(world.seconds() <= 95);
}

TEST_CASE("What is measured out is finished, and its time goes to the others") {
    Truth tiny;
    tiny.space = 5;
    const World world = run({tiny, {}, tiny}, 200);
    CHECK(world.records[0].tried == 5);
    CHECK(world.records[0].prepared == 1);
    CHECK(world.records[1].tried > 300);
}

TEST_CASE("What finals leave of the time kept back for them goes to turns of others") {
    Truth settled;
    settled.feared = 17;
    const World world = run(std::vector<Truth>(4, settled), 200);
    for (const Record &record : world.records) CHECK(record.finished);
    CHECK(world.seconds() > 170);
    CHECK(world.seconds() <= 200);
}

TEST_CASE("A problem that got no batch in its first turn has one as soon as the others had theirs") {
    Truth late;
    late.busy = 40; // its share ends before
    const World world = run({late, {}, {}}, 120);
    CHECK(world.records[0].tried >= 8);
    CHECK(world.records[0].finished);
    CHECK(world.records[1].finished);
    CHECK(world.seconds() <= 120);
    late.busy = 1000;
    CHECK(run({late, {}, {}}, 120).records[0].tried == 0);
}

TEST_CASE("A failure ends one problem; a full disk and Ctrl-C end the run") {
    Truth broken;
    broken.error = "no candidate could be measured";
    for (const double seconds : {0.0, 60.0}) {
        Truth small;
        small.space = 30;
        const World world = run({small, broken, small}, seconds);
        CHECK(world.failed == std::vector<size_t>{1});
        CHECK(world.records[2].finished);
    }
    broken.error = "stop";
    CHECK_THROWS_AS(run({{}, broken, {}}, 60), RunStopped);
    broken.error = "interrupt";
    CHECK_THROWS_AS(run({{}, broken, {}}, 60), Interrupted);
}

TEST_CASE("Time left is told without an end, too: from what problems took so far") {
    World world;
    world.records.resize(2);
    Truth small;
    small.space = 10; // 1 + 10 x 0.5 + 3 = 9 seconds each
    std::vector<std::unique_ptr<Contestant>> contestants;
    for (size_t i = 0; i < 2; i++) contestants.push_back(std::make_unique<Simulated>(world, i, small));
    std::vector<std::optional<double>> left;
    Rounds *told = nullptr;
    Rounds rounds(std::move(contestants), std::nullopt,
                  {[&](size_t) { left.push_back(told->seconds_left()); }, [](size_t, const std::exception &) {}},
                  [&] { return world.now; });
    told = &rounds;
    CHECK_FALSE(rounds.seconds_left());
    rounds.run();
    REQUIRE(left.size() == 2);
    CHECK(*left[0] == Approx(3 + 9)); // the finals of the first are counted until they are over
    CHECK(*left[1] == Approx(3));
}
