// SPDX-License-Identifier: MIT
// What the benchmark makes of its times, and the loops and conversions under it; no kernel runs.
#include "runtime/symbol.h"
#include "runtime/threads.h"
#include "tests/support/number.h"
#include "tools/normforge/bench/elements.h"
#include "tools/normforge/bench/floor_sweeps.h"
#include "tools/normforge/bench/floor_tensors.h"
#include "tools/normforge/bench/stream_lines.h"
#include "tools/normforge/bench/summary.h"
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

using namespace normforge;
using namespace normforge::bench;

namespace {

Series series(const std::string &name, double milliseconds) {
    return {name, name + " code", {2 * milliseconds, milliseconds, 0.5 * milliseconds}, 1, 3, 0};
}

/// A case whose second series of ours is 10 % slower: noise 1.1.
Case make_case(const std::string &op, bool cold, double ours, double reference, std::vector<Series> peers) {
    Case one;
    one.problem = op + ":f32:nchw:2x3x4x5";
    one.op = op;
    one.dtype = "f32";
    one.layout = "nchw";
    one.epilogue = "none";
    one.threads = 2;
    one.cold = cold;
    one.traffic_bytes = 1'000'000;
    one.ours = series("normforge", ours);
    one.ours_again = series("normforge", 1.1 * ours);
    one.baseline = series(op == "forward_train" ? "copy" : "triad", reference);
    one.peers = std::move(peers);
    return one;
}

} // namespace

TEST_CASE("a series tells least, median and most, and quantiles between samples") {
    const Series one = series("x", 4);
    CHECK(one.least() == 2);
    CHECK(one.median() == 4);
    CHECK(one.most() == 8);
    CHECK(one.quantile(0.25) == 3);
    CHECK(std::isnan(Series().median()));
}

TEST_CASE("a case is compared with the faster of its peers") {
    const Case one = make_case("forward_train", true, 2, 1, {series("onednn", 6), series("torch", 3)});
    CHECK(one.fastest_peer().name == "torch");
    CHECK(one.to_peer() == 1.5);
    CHECK(one.to_baseline() == 2);
    CHECK(one.gigabytes_per_second() == 0.5);
    CHECK(one.noise() == Approx(1.1));
    CHECK(one.where() == "forward_train:f32:nchw:2x3x4x5, 2 threads, cold");
    CHECK(one.faulted() == 5);
    const nlohmann::json json = to_json(one);
    CHECK(json["peer_to_ours"] == 1.5);
    CHECK(json["fastest_peer"] == "torch");
    CHECK(json["temperature"] == "cold");
    CHECK(json["ours"]["least_ms"] == 1);
}

TEST_CASE("a summary has geometric means over all cases and by group, the worst case and what is slower") {
    std::vector<Case> cases = {
        make_case("forward_train", true, 1, 1, {series("onednn", 4), series("torch", 8)}),
        make_case("forward_train", false, 1, 0.5, {series("onednn", 1)}),
        make_case("backward_train", true, 1, 1, {series("onednn", 0.25)}),
        make_case("backward_train", false, 1, 1, {}), // no peer could be measured
    };
    cases[0].floor = series("floor", 0.8);
    const Summary summary = summarise(cases);
    CHECK(summary.faster_peer.cases == 3);
    CHECK(summary.faster_peer.geometric_mean == Approx(1));
    CHECK(summary.slower == 1); // the second case is within the noise
    CHECK(summary.trusted());
    CHECK(summary.all.page_faults == 3 * static_cast<long>(summary.all.faulted));

    const std::string text = to_text(summary);
    for (const char *line : {
             "faster peer / normforge over 3 cases",
             "\ngeometric mean: 1.00\n",
             "\ngeometric mean, op backward_train: 0.25\n",
             "\ngeometric mean, op forward_train: 2.00\n",
             "\ngeometric mean, temperature cold: 1.00\n",
             "\ngeometric mean, threads 2: 1.00\n",
             "\ngeometric mean, nchw backward_train: 0.25\ngeometric mean, nchw forward_train: 2.00\nworst case",
             "\nworst case: 0.25 backward_train:f32:nchw:2x3x4x5, 2 threads, cold\n",
             "\nslower than the faster peer beyond the noise: 1 of 3 cases\n",
             "\ntorch / normforge: geometric mean 8.00 over 1 cases",
             "\nnormforge / copy: geometric mean 1.41, worst 2.00 forward_train:f32:nchw:2x3x4x5, 2 threads, warm\n",
             "\nnormforge / floor: geometric mean 1.25, worst 1.25",
             "\nnoise, normforge / itself: geometric mean 1.100",
         }) {
        CHECK_THAT(text, Catch::Contains(line));
    }
    const nlohmann::json json = to_json(summary);
    CHECK(json["geometric_means"]["op"]["forward_train"].get<double>() == Approx(2));
    CHECK(json["geometric_means"]["layout_op"]["nchw forward_train"].get<double>() == Approx(2));
    CHECK(json["slower_beyond_noise"] == 1);
}

TEST_CASE("a summary combines layout and op as soon as there are two of either") {
    std::vector<Case> cases(2, make_case("forward_train", true, 1, 1, {series("onednn", 4)}));
    CHECK_THAT(to_text(summarise(cases)),
               Catch::Contains("geometric mean, layout nchw: 4.00\n") && !Catch::Contains("mean, nchw"));
    CHECK_FALSE(to_json(summarise(cases))["geometric_means"].contains("layout_op"));
    cases[1].layout = "nhwc";
    cases[1].peers = {series("onednn", 2)};
    CHECK_THAT(to_text(summarise(cases)),
               Catch::Contains("geometric mean, nchw forward_train: 4.00\ngeometric mean, nhwc forward_train: 2.00\n"));
    CHECK(to_json(summarise(cases))["geometric_means"]["layout_op"].size() == 2);
}

TEST_CASE("short times have as many decimals as three digits take") {
    for (const auto &[milliseconds, text] : std::vector<std::pair<double, std::string>>{{1234.5678, "1234.568"},
                                                                                        {1.25, "1.250"},
                                                                                        {0.1, "0.100"},
                                                                                        {0.0456, "0.0456"},
                                                                                        {0.001234, "0.00123"},
                                                                                        {0.00042, "0.000420"},
                                                                                        {0.0000515, "0.0000515"},
                                                                                        {0, "0.0000000"}})
        CHECK(milliseconds_text(milliseconds) == text);
}

TEST_CASE("a summary without peers or without cases says nothing of them") {
    CHECK(to_text(summarise({})).empty());
    const std::string text = to_text(summarise({make_case("forward_train", true, 1, 1, {})}));
    CHECK_THAT(text,
               Catch::Contains("normforge / copy") && !Catch::Contains("geometric mean:") && !Catch::Contains("triad"));
}

TEST_CASE("times taken while others had the cores are not trusted") {
    Case one = make_case("forward_train", true, 1, 1, {});
    one.baseline.preempted = 2;
    CHECK_FALSE(summarise({one}).trusted());
    CHECK_THAT(to_text(summarise({one})), Catch::Contains("do not trust the ratios"));

    Case told = make_case("forward_train", true, 1, 1, {series("onednn", 4)});
    told.information = {series("onednn nChw16c", 2)};
    told.information[0].preempted = 2; // of no ratio
    CHECK(summarise({told}).trusted());
    told.peers[0].preempted = 2;
    CHECK_FALSE(summarise({told}).trusted());
}

TEST_CASE("whole arrays are converted as single numbers are") {
    const std::vector<float> values = {0.0f,     -0.0f,    1.0f,    1.00390625f, 1.01171875f, 1e-40f,
                                       65519.0f, 65520.0f, 3.4e38f, 6e-8f,       INFINITY,    NAN};
    const nf_dtype dtype = GENERATE(NF_F32, NF_F64, NF_F16, NF_BF16);
    std::vector<float> rounded = values;
    round_floats(dtype, rounded.data(), rounded.size());
    for (size_t i = 0; i + 1 < values.size(); i++) {
        CHECK(static_cast<double>(rounded[i]) == testing::round_to(dtype, static_cast<double>(values[i])));
        CHECK(std::signbit(rounded[i]) == std::signbit(values[i]));
    }
    CHECK(std::isnan(rounded.back()));
}

TEST_CASE("streaming loops write the exclusive or of what they read, whole lines from an offset on") {
    const auto [reads, writes, fetches] = GENERATE(table<int, int, int>({{1, 1, 0},
                                                                         {2, 1, 0},
                                                                         {3, 1, 0},
                                                                         {2, 2, 0},
                                                                         {3, 2, 0}, // copy, triad
                                                                         {1, 1, 1},
                                                                         {2, 1, 1},
                                                                         {2, 1, 2},
                                                                         {3, 1, 3},
                                                                         {3, 0, 3}}));
    const bool streaming = GENERATE(false, true);
    constexpr size_t kBytes = 5 * kLineBytes;
    alignas(kLineBytes) std::array<std::array<uint8_t, kBytes>, kMostReads + kMostWrites> arrays{};
    for (size_t i = 0; i < kMostReads; i++) std::iota(arrays[i].begin(), arrays[i].end(), static_cast<uint8_t>(i * 71));
    Lines lines{};
    for (size_t i = 0; i < static_cast<size_t>(reads); i++) lines.reads[i] = arrays[i].data();
    for (size_t i = 0; i < static_cast<size_t>(writes); i++) lines.writes[i] = arrays[kMostReads + i].data();
    lines.ahead = kLineBytes;
    widest_loop(reads, writes, streaming, fetches).loop(lines, kLineBytes, 3 * kLineBytes);
    finish_streaming();
    for (size_t at = 0; at < kBytes; at++) {
        uint8_t wanted = 0;
        for (size_t i = 0; i < static_cast<size_t>(reads); i++) wanted ^= arrays[i][at];
        if (at < kLineBytes || at >= 4 * kLineBytes) wanted = 0; // untouched
        for (size_t i = 0; i < static_cast<size_t>(writes); i++) REQUIRE(arrays[kMostReads + i][at] == wanted);
    }
}

TEST_CASE("floors read every line in their first sweep, then write every line") {
    const int threads = GENERATE(1, 2);
    const FloorChannels channels = GENERATE(FloorChannels{3, 5, 7 * kLineBytes}, FloorChannels{4, 2, 100},
                                            FloorChannels{1, 1, 40}, FloorChannels{2, 3, 2'000'000});
    const int64_t line_count = channels.images * channels.count * channels.run / kLineBytes;
    std::vector<uint8_t> read(static_cast<size_t>(line_count * kLineBytes)), written = read;
    FloorLines all{{{read.data()}, {written.data()}}, line_count * kLineBytes, threads};
    // They count how often each line's turn came; a line that is written was read before.
    const LineLoop count_read = [](const Lines &lines, int64_t begin, int64_t bytes) {
        for (int64_t at = begin; at < begin + bytes; at += kLineBytes) lines.reads[0][at]++;
    };
    const LineLoop count_written = [](const Lines &lines, int64_t begin, int64_t bytes) {
        for (int64_t at = begin; at < begin + bytes; at += kLineBytes)
            lines.writes[0][at] = static_cast<uint8_t>(lines.writes[0][at] + lines.reads[0][at]);
    };
    prepare_threads(threads);
    SECTION("by rows") {
        sweep_rows(all, {count_read, count_written});
    }
    SECTION("by channels") {
        sweep_channels(all, channels, {count_read, count_written});
    }
    SECTION("without a first sweep") {
        std::fill(read.begin(), read.end(), uint8_t{1});
        sweep_once(all, count_written);
    }
    int64_t wrong = 0;
    for (int64_t line = 0; line < line_count; line++) {
        const auto at = static_cast<size_t>(line * kLineBytes);
        wrong += read[at] != 1 || written[at] != 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("floors sweep over the tensors that the kernel reads") {
    struct Wanted {
        std::string problem, epilogue; ///< of the kernel
        std::vector<TensorRole> reads;
        int sums;
        std::vector<TensorRole> residual_reads;
    };
    const auto wanted = GENERATE(values<Wanted>({
        {"forward_train:f32:nchw:2x3x4x5:add_relu", "add_relu", {kX, kResidual}, 1, {}},
        {"forward_inference:f32:nchw:2x3x4x5:relu", "relu", {kX}, 0, {}},
        {"backward_train:f32:nchw:2x3x4x5:relu", "relu", {kX, kDy}, 2, {}},
        {"backward_train:f32:nchw:2x3x4x5:add", "none", {kX, kDresidual}, 2, {kDy}},
        {"backward_train:f32:nchw:2x3x4x5:add:grad=wwwn", "none", {kX, kDy}, 2, {}},
        {"backward_train:f32:nchw:2x3x4x5:add_relu", "none", {kX, kDresidual}, 2, {kY, kDy}},
        {"backward_train:f32:nchw:2x3x4x5:add_relu:grad=wwwn", "add_relu", {kX, kY, kDy}, 3, {}},
        {"backward_train:f32:nchw:2x3x4x5:add_leaky_relu", "add_leaky_relu", {kX, kY, kDy}, 3, {kY, kDy}},
    }));
    CAPTURE(wanted.problem);
    const std::string op = wanted.problem.substr(0, wanted.problem.find(':'));
    const Geometry geometry(parse_problem(wanted.problem));
    const FloorTensors tensors(geometry, parse_symbol("nf_" + op + "_f32_inner_" + wanted.epilogue + "_cached_x86_64_avx2"));
    // Each tensor is a byte, at its role.
    std::array<uint8_t, kTensorRoles> memory{};
    Lines lines{};
    size_t reads = 0, writes = 0;
    for (const auto &tensor : geometry.tensors)
        (tensor.written ? lines.writes[writes++] : lines.reads[reads++]) = &memory[tensor.role];
    const auto roles = [&](const Lines &of, int count) {
        std::vector<TensorRole> found;
        for (int i = 0; i < count; i++) found.push_back(static_cast<TensorRole>(of.reads[i] - memory.data()));
        return found;
    };
    const Lines kernel = tensors.kernel_lines(lines);
    CHECK(roles(kernel, tensors.reads()) == wanted.reads);
    CHECK(tensors.sums() == wanted.sums);
    CHECK(kernel.writes[0] == &memory[geometry.backward ? kDx : kY]);
    REQUIRE(tensors.residual_first() == !wanted.residual_reads.empty());
    if (tensors.residual_first()) {
        const Lines residual = tensors.residual_lines(lines);
        CHECK(roles(residual, tensors.residual_reads()) == wanted.residual_reads);
        CHECK(residual.writes[0] == &memory[kDresidual]);
    }
    for (const int fetches : {0, tensors.sums()}) CHECK_NOTHROW(widest_loop(tensors.reads(), 1, false, fetches));
    if (tensors.sums() > 0) CHECK_NOTHROW(widest_loop(tensors.sums(), 0, false, tensors.sums()));
}
