// SPDX-License-Identifier: MIT
// What the GPU benchmark makes of samples. The numbers are round ones made up for these tests: no device was measured.
#include "tools/gpu_check/result.h"

#include <catch2/catch.hpp>

using namespace normforge::gpu_check;

namespace {

Series series(const std::string &name, std::initializer_list<double> times, double launch_ms = 0.5) {
    Series made{name, {}};
    for (const double ms : times) made.samples.push_back({ms, launch_ms});
    return made;
}

Case forward(const std::string &problem) {
    Case made;
    made.problem = problem;
    made.op = "forward_train";
    return made;
}

/// Ours takes 2, the copy 1 and the peers 3 and 4; warm half of it, and no peer.
Case measured_case() {
    Case made = forward("a problem");
    made.variant = "a variant";
    made.tensor_bytes = 1000;
    made.tensors = 3;
    made.cold = {series("normforge", {2}), series("copy", {1}), {series("first", {4}), series("second", {3})}};
    made.warm = {series("normforge", {1}), series("copy", {0.5}), {}};
    made.absent = {{"third", "it said no"}, {"fourth", "y[0] is 1, ours 2", true}};
    return made;
}

Case unmeasured_case() {
    Case made = forward("another");
    made.why_not = "no kernel";
    return made;
}

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("A series has its median, its quartiles and half their distance as spread") {
    const Series one = series("one", {5, 1, 4, 2, 3}, 7);
    CHECK(one.median() == 3);
    CHECK(one.quantile(0.25) == 2);
    CHECK(one.quantile(0.75) == 4);
    CHECK(one.spread() == Approx(1.0 / 3));
    CHECK(one.launch_median() == 7);
}

TEST_CASE("Ratios are ours to the copy, and the fastest peer to ours") {
    const Case one = measured_case();
    CHECK(one.cold.to_copy() == 2);
    REQUIRE(one.cold.best_peer());
    CHECK(one.cold.best_peer()->name == "second");
    CHECK(one.cold.to_peer(*one.cold.best_peer()) == 1.5);
    CHECK_FALSE(one.warm.best_peer());
}

TEST_CASE("Without a cache forward moves 3 tensors and backward 5, and more with a residual") {
    CHECK(tensors_without_cache("forward_train", false) == 3);
    CHECK(tensors_without_cache("forward_train", true) == 4);
    CHECK(tensors_without_cache("forward_inference", false) == 2);
    CHECK(tensors_without_cache("backward_train", false) == 5);
    CHECK(tensors_without_cache("backward_train", true) == 7);
}

TEST_CASE("Tables say what was measured, and why not where it was not") {
    const std::vector<Case> cases = {measured_case(), unmeasured_case()};
    CHECK(times_table(cases) ==
          "problem    cold ms  +-%  /copy  peer/  warm ms  +-%  /copy  peer/  best peer, cold\n"
          "a problem   2.0000  0.0   2.00   1.50   1.0000  0.0   2.00      -  second\n"
          "another          -    -      -      -        -    -      -      -  not measured: no kernel\n");
    CHECK(peers_table(cases) == "peer / ours, cold  first  second        third   fourth\n"
                                "a problem           2.00    1.50  not offered  differs\n"
                                "another                -       -            -        -\n");
    CHECK(peers_table({unmeasured_case()}).empty());
}

TEST_CASE("The summary counts measured cases alone, and names every reason once") {
    Case better = measured_case();
    better.problem = "near the copy";
    better.cold.ours = series("normforge", {1});
    const std::string text = summary_text({measured_case(), better, unmeasured_case()});
    INFO(text);
    CHECK(contains(text,
                   "cold: ours / copy, geometric mean 1.41, worst 2.00 (a problem); at least 0.85 of the copy's bandwidth "
                   "in 1 of 2 cases\n"));
    CHECK(contains(text,
                   "cold: best peer / ours, geometric mean 2.12 (wanted: 1.2), worst 1.50 (a problem); slower in 0 of 2 "
                   "cases\n"));
    CHECK(contains(text, "third not offered: it said no (2 cases)\n"));
    CHECK(contains(text, "fourth differs: y[0] is 1, ours 2 (2 cases)\n"));
    CHECK(contains(text, "not measured: no kernel (1 cases)\n"));
    CHECK(summary_text({}).empty());
}

TEST_CASE("JSON holds medians, quartiles and ratios, and reasons") {
    const nlohmann::json json = to_json(measured_case());
    CHECK(json["cold"]["normforge"]["ms"] == 2.0);
    CHECK(json["cold"]["normforge"]["quartiles_ms"] == nlohmann::json({2.0, 2.0}));
    CHECK(json["cold"]["normforge"]["launch_ms"] == 0.5);
    CHECK(json["cold"]["ours_to_copy"] == 2.0);
    CHECK(json["cold"]["share_of_copy_bandwidth"] == 0.5);
    CHECK(json["cold"]["copy_gigabytes_per_second"].get<double>() == Approx(3000 / 1e6)); // 3000 bytes in 1 ms
    CHECK(json["cold"]["best_peer_to_ours"] == 1.5);
    CHECK_FALSE(json["warm"].contains("best_peer_to_ours"));
    CHECK(json["not_offered"][0]["why"] == "it said no");
    CHECK(json["differ"][0]["name"] == "fourth");
    CHECK(to_json(unmeasured_case())["not_measured"] == "no kernel");
    CHECK_FALSE(to_json(unmeasured_case()).contains("cold"));
}
