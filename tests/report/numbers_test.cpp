// SPDX-License-Identifier: MIT
// The report's statistics against brute force, its texts, its axes.
#include "tools/normforge/report/numbers.h"
#include "tools/normforge/report/plot.h"
#include "tools/normforge/report/text.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

using namespace normforge::report;

namespace {

/// Over every subset of `draws` of the values.
double mean_minimum(const std::vector<double> &values, int draws) {
    double sum = 0;
    int subsets = 0;
    for (unsigned subset = 0; subset < 1u << values.size(); subset++) {
        double least = INFINITY;
        int members = 0;
        for (size_t i = 0; i < values.size(); i++) {
            if ((subset >> i & 1) == 0) continue;
            members++;
            least = std::min(least, values[i]);
        }
        if (members != draws) continue;
        sum += least;
        subsets++;
    }
    return sum / subsets;
}

} // namespace

TEST_CASE("what random search finds is the mean over all subsets") {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> cost(0.5, 2);
    for (const int count : {1, 2, 3, 7, 12}) {
        std::vector<double> values(static_cast<size_t>(count));
        std::generate(values.begin(), values.end(), [&] { return cost(random); });
        if (count > 3) values[2] = values[1]; // values may be equal
        const auto expected = expected_minimum(values);
        REQUIRE(expected.size() == values.size());
        for (int draws = 1; draws <= count; draws++) {
            INFO(draws << " of " << count);
            CHECK(expected[static_cast<size_t>(draws) - 1] == Approx(mean_minimum(values, draws)).epsilon(1e-12));
        }
    }
    CHECK(expected_minimum({}).empty());
}

TEST_CASE("what random search finds stays exact with many values") {
    std::vector<double> values(3000);
    std::iota(values.begin(), values.end(), 1); // the expected minimum of k of 1 ... n is (n + 1) / (k + 1)
    const auto expected = expected_minimum(values);
    for (const size_t draws : {1, 2, 10, 500, 2999, 3000})
        CHECK(expected[draws - 1] == Approx(3001.0 / static_cast<double>(draws + 1)).epsilon(1e-9));
}

TEST_CASE("means and running minima") {
    CHECK(geometric_mean({2, 8}) == Approx(4));
    CHECK(geometric_mean({0.5, 2, 1}) == Approx(1));
    CHECK(std::isnan(geometric_mean({})));
    CHECK(running_minimum({3, 4, 1, 2}) == std::vector<double>{3, 3, 1, 1});
}

TEST_CASE("no text can end an element or an attribute") {
    CHECK(escape("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
    CHECK(escape("µs \x01") == "µs \uFFFD");
    CHECK(problem_html("merge:<f32>") == "<code class=\"problem\">merge:<wbr>&lt;f32&gt;</code>");
}

TEST_CASE("times have three digits, and missing numbers a dash") {
    CHECK(time_text(0.0002) == "200 ns");
    CHECK(time_text(0.0032888) == "3.29 µs");
    CHECK(time_text(0.9996) == "1.00 ms");
    CHECK(time_text(0.9994) == "999 µs");
    CHECK(time_text(12.34) == "12.3 ms");
    CHECK(time_text(61000) == "61.0 s");
    CHECK(ratio_text(1.234) == "1.23");
    CHECK(ratio_text({}) == kNone);
    CHECK(percent_text(0.784) == "78 %");
}

TEST_CASE("ticks are round, inside the axis and few") {
    CHECK(Scale(Spacing::linear, 0.93, 1.21, 0, 100).ticks(4) == std::vector<double>{1, 1.1, 1.2000000000000002});
    CHECK(Scale(Spacing::logarithmic, 0.9, 25, 0, 100).ticks(6) == std::vector<double>{1, 2, 5, 10, 20});
    CHECK(Scale(Spacing::logarithmic, 0.9, 2500, 0, 100).ticks(4) == std::vector<double>{1, 10, 100, 1000});
    CHECK(Scale(Spacing::logarithmic, 1000, 5e6, 0, 100).binary_ticks(4) == std::vector<double>{4096, 65536, 1048576});
    for (const double high : {1.001, 1.7, 12.0, 1e9}) {
        for (const auto spacing : {Spacing::linear, Spacing::logarithmic}) {
            const auto ticks = Scale(spacing, 1, high, 0, 100).ticks(5);
            INFO(high);
            CHECK(ticks.size() <= 6);
            CHECK(!ticks.empty());
        }
    }
}

TEST_CASE("a scale maps its ends to the ends of the axis") {
    const Scale linear(Spacing::linear, 2, 4, 10, 110), logarithmic(Spacing::logarithmic, 1, 100, 200, 0);
    CHECK(linear.at(2) == 10);
    CHECK(linear.at(3.5) == Approx(85));
    CHECK(logarithmic.at(1) == 200);
    CHECK(logarithmic.at(10) == Approx(100));
    CHECK(logarithmic.at(100) == Approx(0).margin(1e-9));
}
