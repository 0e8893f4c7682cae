// SPDX-License-Identifier: MIT
// The pool and the host's hook: every task once, nesting, errors, limits, several callers, fork.
#include "runtime/cpu_features.h"
#include "runtime/problem.h"
#include "runtime/threads.h"
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace normforge;

namespace {

constexpr int kMin = 5, kTasks = 1000;

/// Counts the runs of each task, the threads seen, and how many run at once.
struct Counter {
    std::vector<std::atomic<int>> runs = std::vector<std::atomic<int>>(kTasks);
    std::atomic<int> running{0}, most{0};
    std::mutex mutex;
    std::set<std::thread::id> threads;
    int result_at = -1;  ///< index of a task that fails
    bool nested = false; ///< tasks call parallel_for themselves
    std::atomic<int> inner{0};

    static int inner_task(void *, int, uint8_t *closure) {
        ++reinterpret_cast<Counter *>(closure)->inner;
        return 0;
    }

    static int task(void *, int index, uint8_t *closure) {
        Counter &self = *reinterpret_cast<Counter *>(closure);
        const int now = ++self.running;
        for (int most = self.most; now > most && !self.most.compare_exchange_weak(most, now);) {}
        {
            const std::lock_guard lock(self.mutex);
            self.threads.insert(std::this_thread::get_id());
        }
        ++self.runs[static_cast<size_t>(index - kMin)];
        if (self.nested) kernel_host()->parallel_for(&inner_task, 0, 3, closure);
        --self.running;
        return index == self.result_at ? 42 : 0;
    }

    int run(int most_threads) {
        const ThreadLimit limit(most_threads);
        return kernel_host()->parallel_for(&task, kMin, kTasks, reinterpret_cast<uint8_t *>(this));
    }

    bool each_ran_once() const {
        for (const std::atomic<int> &count : runs)
            if (count != 1) return false;
        return true;
    }
};

/// Two tasks that wait for each other; the first fails if the second never comes, as on a single thread.
struct Meeting {
    std::atomic<int> arrived{0};

    static int task(void *, int, uint8_t *closure) {
        Meeting &self = *reinterpret_cast<Meeting *>(closure);
        ++self.arrived;
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
        while (self.arrived < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        return self.arrived < 2;
    }

    /// A kernel that reports by its result whether its tasks met.
    static int kernel(void **) {
        Meeting meeting;
        return kernel_host()->parallel_for(&task, 0, 2, reinterpret_cast<uint8_t *>(&meeting));
    }
};

/// Registers Meeting::kernel and makes a plan for it that is too large to be serial and follows nf_threads().
nf_plan *meeting_plan() {
    static constexpr uint8_t kRoles[] = {NF_ROLE_x, NF_ROLE_y};
    static const nf_kernel kKernel = [] {
        nf_kernel kernel{};
        kernel.name = "meeting";
        kernel.target = cpu_architecture();
        kernel.parameters = "";
        kernel.op = NF_FORWARD_INFERENCE;
        kernel.form = NF_FORM_INNER;
        kernel.store = NF_STORE_CACHED;
        kernel.role_count = sizeof kRoles;
        kernel.roles = kRoles;
        kernel.run = &Meeting::kernel;
        return kernel;
    }();
    static const nf_kernel_host *host = nullptr;
    static const nf_kernel_table table = {NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "meeting", &kKernel, 1, &host};
    nf_plan *plan = nullptr;
    if (nf_register(&table) != NF_SUCCESS) return nullptr;
    const nf_description description = parse_problem("forward_inference:f32:nchw:1x2x256x256").description;
    nf_plan_create(&description, &plan);
    return plan;
}

bool tasks_meet(const nf_plan *plan) {
    static float x[2 * 256 * 256], y[2 * 256 * 256];
    float mean[2] = {}, variance[2] = {};
    nf_tensors tensors;
    nf_tensors_init(&tensors);
    tensors.x = x;
    tensors.y = y;
    tensors.running_mean = {mean, 2};
    tensors.running_variance = {variance, 2};
    return nf_plan_execute(plan, &tensors) == NF_SUCCESS;
}

/// Runs `body` in a child, which has no workers yet; true if it returned true. A deadlock ends it.
bool in_child(const std::function<bool()> &body) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(body() ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

// The first four come before all that make a pool or ask for the default count, which a process does once: their children
// start afresh.
TEST_CASE("a plan made for one thread uses those that nf_set_threads() allows later") {
    CHECK(in_child([] {
        nf_set_threads(1);
        const nf_plan *plan = meeting_plan();
        if (!plan || tasks_meet(plan)) return false;
        nf_set_threads(2);
        return tasks_meet(plan);
    }));
}

TEST_CASE("a plan made for a host's pool has workers when the own pool is restored") {
    CHECK(in_child([] {
        nf_set_threads(2);
        nf_set_parallel_for(
            [](void *, int, int count, nf_task task, void *argument) {
                for (int i = 0; i < count; ++i) task(argument, i);
            },
            nullptr);
        const nf_plan *plan = meeting_plan();
        if (!plan || tasks_meet(plan)) return false;
        nf_set_parallel_for(nullptr, nullptr);
        return tasks_meet(plan);
    }));
}

TEST_CASE("nf_set_threads starts no worker that no plan can use") {
    CHECK(in_child([] {
        nf_set_threads(2);
        Counter counter;
        return counter.run(2) == 0 && counter.threads.size() == 1;
    }));
}

TEST_CASE("NORMFORGE_THREADS sets the default") {
    const auto [value, threads] = GENERATE(table<const char *, int>({{"1", 1}, {"3", 3}, {"1024", 1024}}));
    INFO(value);
    CHECK(in_child([&, text = value, expected = threads] {
        setenv("NORMFORGE_THREADS", text, 1);
        return nf_threads() == expected;
    }));
}

TEST_CASE("every task runs once, on no more threads than allowed") {
    const int threads = GENERATE(1, 2, 3, 8);
    prepare_threads(8); // more workers than most of the limits
    for (int repeat = 0; repeat < 50; ++repeat) {
        Counter counter;
        REQUIRE(counter.run(threads) == 0);
        REQUIRE(counter.each_ran_once());
        REQUIRE(counter.most <= threads);
        REQUIRE(counter.threads.size() <= static_cast<size_t>(threads));
        if (threads == 1) REQUIRE(counter.threads == std::set{std::this_thread::get_id()});
    }
}

TEST_CASE("without a limit in force work stays on the calling thread") {
    prepare_threads(4);
    Counter counter;
    CHECK(kernel_host()->parallel_for(&Counter::task, kMin, kTasks, reinterpret_cast<uint8_t *>(&counter)) == 0);
    CHECK(counter.threads == std::set{std::this_thread::get_id()});
}

TEST_CASE("no task at all is fine") {
    Counter counter;
    const ThreadLimit limit(2);
    CHECK(kernel_host()->parallel_for(&Counter::task, 0, 0, reinterpret_cast<uint8_t *>(&counter)) == 0);
    CHECK(counter.threads.empty());
}

TEST_CASE("a failing task is reported and does not stop the others") {
    prepare_threads(4);
    for (int threads : {1, 4}) {
        Counter counter;
        counter.result_at = kMin + 7;
        CHECK(counter.run(threads) == 42);
        CHECK(counter.each_ran_once());
    }
}

TEST_CASE("nested calls run all their tasks") {
    prepare_threads(4);
    for (int threads : {1, 4}) {
        Counter counter;
        counter.nested = true;
        CHECK(counter.run(threads) == 0);
        CHECK(counter.each_ran_once());
        CHECK(counter.inner == 3 * kTasks);
    }
}

TEST_CASE("several threads may call at once, also while the pool grows") {
    std::atomic<int> good{0};
    std::vector<std::thread> callers;
    callers.reserve(4);
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&good, i] {
            for (int repeat = 0; repeat < 50; ++repeat) {
                prepare_threads(2 + i);
                Counter counter;
                if (counter.run(4) == 0 && counter.each_ran_once()) ++good;
            }
        });
    for (std::thread &caller : callers) caller.join();
    CHECK(good == 4 * 50);
}

TEST_CASE("the host's pool replaces the own one") {
    struct Host {
        int threads = 0, count = 0, calls = 0;
        static void parallel_for(void *context, int threads, int count, nf_task task, void *argument) {
            Host &self = *static_cast<Host *>(context);
            self.threads = threads;
            self.count = count;
            ++self.calls;
            std::thread odd([&] {
                for (int i = 1; i < count; i += 2) task(argument, i);
            });
            for (int i = 0; i < count; i += 2) task(argument, i);
            odd.join();
        }
    } host;
    nf_set_parallel_for(&Host::parallel_for, &host);
    Counter counter;
    counter.result_at = kMin + 1;
    counter.nested = true;
    CHECK(counter.run(2) == 42);
    CHECK(counter.each_ran_once());
    CHECK(counter.inner == 3 * kTasks);
    CHECK(host.calls == 1); // nested calls do not come back
    CHECK(host.threads == 2);
    CHECK(host.count == kTasks);
    nf_set_parallel_for(nullptr, nullptr);
    Counter own;
    CHECK(own.run(2) == 0);
    CHECK(host.calls == 1);
}

TEST_CASE("nf_set_threads sets, restores and refuses") {
    const int before = nf_threads();
    CHECK(before >= 1);
    CHECK(nf_set_threads(7) == NF_SUCCESS);
    CHECK(nf_threads() == 7);
    CHECK(nf_set_threads(-1) == NF_INVALID_ARGUMENT);
    CHECK(nf_set_threads(1025) == NF_INVALID_ARGUMENT);
    CHECK_THAT(nf_last_error(), Catch::Contains("threads is 1025, expected 0 to 1024"));
    CHECK(nf_threads() == 7);
    CHECK(nf_set_threads(0) == NF_SUCCESS);
    CHECK(nf_threads() == before);
}

TEST_CASE("a NORMFORGE_THREADS that is no count of threads is refused when a plan is made") {
    const char *const value = GENERATE("abc", "0", "-1", "5000", "3x", "1025", "99999999999999999999", " ");
    INFO(value);
    CHECK(in_child([&] { // nf_threads() reads it once per process
        setenv("NORMFORGE_THREADS", value, 1);
        nf_plan *const refused = meeting_plan();
        const std::string says = nf_last_error();
        nf_set_threads(1); // instead
        nf_plan *const made = meeting_plan();
        return !refused && made &&
               says == std::string("NORMFORGE_THREADS is \"") + value + "\", expected a whole number from 1 to 1024";
    }));
}

TEST_CASE("a child after fork works without the parent's workers, and ends") {
    prepare_threads(4);
    Counter before;
    REQUIRE(before.run(4) == 0);
    CHECK(in_child([] {
        Counter serial, parallel;
        const bool good = serial.run(4) == 0 && serial.each_ran_once();
        prepare_threads(4);
        return good && parallel.run(4) == 0 && parallel.each_ran_once();
    }));
}
