// SPDX-License-Identifier: MIT
// The page as text: nothing that a file says can become markup, and what is missing is said.
#include "tests/report/sample.h"
#include "tools/normforge/report/content.h"
#include "tools/normforge/report/figures.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::report;
using namespace normforge::testing;
using Catch::Contains;

namespace {

const std::string kHostile = "</title><script>alert(1)</script> & \"quoted\" 'single'";

BenchFile bench_file(const nlohmann::json &document) {
    return read_bench_file(document, "bench.json");
}

JournalFile journal_file(const std::vector<nlohmann::json> &measurements) {
    std::string text;
    for (const auto &one : measurements) text += one.dump() + "\n";
    return {"journal.jsonl", parse_journal(text, "journal.jsonl")};
}

std::string page_of(std::vector<BenchFile> benches, std::vector<JournalFile> journals, const std::string &title = "A title",
                    std::vector<VerifyFile> verifications = {}) {
    Input input;
    input.verifications = std::move(verifications);
    for (const auto &file : benches) input.files.push_back(file.name);
    for (const auto &file : journals) input.files.push_back(file.name);
    input.benches = std::move(benches);
    input.journals = std::move(journals);
    return to_html(make_content(title, std::move(input)));
}

size_t count(const std::string &text, const std::string &part) {
    size_t number = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) number++;
    return number;
}

} // namespace

TEST_CASE("text of files and command line stays text") {
    auto bench = sample_bench();
    for (const char *place : {"/machine/processor", "/cases/0/problem", "/cases/0/note", "/cases/0/ours/implementation",
                              "/cases/0/peers/0/name", "/cases/0/baseline/name", "/time", "/normforge"}) {
        bench[nlohmann::json::json_pointer(place)] = kHostile;
    }
    bench["peers"] = {{kHostile, kHostile}};
    auto failure = sample_failure("crash", kHostile);
    failure["configuration"] = failure["target"] = failure["device"] = kHostile;
    const std::string page = page_of({bench_file(bench)}, {journal_file({failure})}, kHostile);
    CHECK(count(page, "<script>") == 1); // the page's own
    CHECK(count(page, "</title><script") == 0);
    CHECK(count(page, "\"quoted\"") == 0);
    CHECK(count(page, "'single'") == 0);
    CHECK(count(page, "alert(1)") > 10);
}

TEST_CASE("a page of a benchmark alone says what would fill the rest") {
    const std::string page = page_of({bench_file(sample_bench())}, {});
    CHECK_THAT(page, Contains("No search is in these files. normforge tune writes a journal"));
    CHECK_THAT(page, Contains("A journal of normforge tune lists those that failed"));
    CHECK_THAT(page, !Contains("default / tuned")); // a column that no row fills
    CHECK_THAT(page, Contains("geometric mean 1.100"));
    CHECK_THAT(page, Contains("L1 32.0 KiB, L2 1.0 MiB, last level 32.0 MiB"));
    CHECK_THAT(page, Contains("normforge bench --threads 2 --peers onednn \\\n  " + kProblem + "</pre>"));
    CHECK_THAT(page, Contains("<dt>Measured</dt><dd>2026-01-31T12:00:00Z</dd>"));
}

TEST_CASE("a page of a journal alone says what would fill the rest") {
    const std::string page =
        page_of({}, {journal_file({sample_measurement("vector=8", 1), sample_measurement("vector=16", 0.5)})});
    CHECK_THAT(page, Contains("Roofline, floor, peers and noise are measured by normforge bench --json"));
    CHECK_THAT(page, Contains("The roof is measured by normforge bench --json"));
    CHECK_THAT(page, Contains("normforge bench --json times normforge twice in every round, normforge tune"));
    CHECK_THAT(page, Contains("None of 2 measurements failed."));
    CHECK_THAT(page, Contains("normforge tune --target x86-64-avx2 \\\n  " + kProblem + "</pre>"));
    CHECK(count(page, "<figure") == 1);
    const std::string finals = page_of({}, {journal_file({sample_measurement("vector=8", 1, "final")})});
    CHECK_THAT(finals, Contains("The journals hold final rounds only"));
}

TEST_CASE("errors are in the table, and where they come from is said") {
    const std::string page =
        page_of({bench_file(sample_bench())}, {}, "A title", {read_verify_file(sample_verify(), "verify.json")});
    CHECK(count(page, "data-label=\"error\" class=\"number\" data-sort=\"0.25\">0.25</td>") == 2);
    CHECK_THAT(page, Contains("<dt>Compared</dt><dd>2 problems, 3 results with the float64 reference</dd>"));
    CHECK_THAT(page, Contains("<dt>Largest error</dt><dd>1.50 of a bound of 6.00: y of " + kProblem + " by nf_one</dd>"));
    CHECK_THAT(page, Contains("normforge verify \\\n  " + kProblem + " \\\n  stats:f32:nc:2x3</pre>"));
    auto failed = sample_verify();
    failed["problems"][0]["failures"] = 1;
    failed["problems"][0]["nearest_its_bound"]["variant"] = kHostile;
    const std::string bad = page_of({bench_file(sample_bench())}, {}, "A title", {read_verify_file(failed, kHostile)});
    CHECK(count(bad, "<span class=\"bad\">failed</span>") == 2);
    CHECK(count(bad, "<script>") == 1); // the page's own
    CHECK_THAT(page_of({bench_file(sample_bench())}, {}), !Contains("data-label=\"error\""));
}

TEST_CASE("the tuner's noise is in the figure beside that of the benchmark") {
    auto final = sample_measurement("vector=16", 0.8, "final");
    final["again_milliseconds"] = std::vector<double>(11, 1.6);
    const std::string both = page_of({bench_file(sample_bench())}, {journal_file({final})});
    const std::string point = "<title>" + kProblem + ", x86-64-avx2, 2 threads: 1.250</title>";
    CHECK(count(both, point) == 1);
    CHECK_THAT(both,
               Contains("the default in the tuner&#39;s final rounds") || Contains("the default in the tuner's final"));
    const std::string alone = page_of({}, {journal_file({final})});
    CHECK(count(alone, point) == 1);
    CHECK_THAT(alone, Contains("geometric mean 1.250"));
}

TEST_CASE("failures are counted by class, with the first message") {
    const std::string page =
        page_of({}, {journal_file({sample_failure("crash", "signal 11"), sample_failure("wrong", "y[0] < 1"),
                                   sample_failure("crash", "signal 6")})});
    CHECK_THAT(page, Contains(">crash</th><td data-label=\"count\" class=\"number\">2</td>"));
    CHECK_THAT(page, Contains("<code>signal 11</code>"));
    CHECK_THAT(page, !Contains("<code>signal 6</code>"));
    CHECK_THAT(page, Contains("<code>y[0] &lt; 1</code>"));
}

TEST_CASE("each case of a benchmark is in the table and in three figures") {
    const std::string page = page_of({bench_file(sample_bench())}, {});
    CHECK(count(page, "<th scope=\"row\"") == 2);
    CHECK_THAT(page, Contains("50 % copy"));
    CHECK(count(page, "<title>" + kProblem + ", 2 threads, cold: 0.5 GB/s, 50 % of copy</title>") == 1); // roofline
    CHECK(count(page, "<title>normforge (normforge code): 2.00 ms, 2.00 x copy</title>") == 2);          // comparison
    CHECK(count(page, "<title>" + kProblem + ", 2 threads, warm: 1.100</title>") == 1);                  // noise
}

TEST_CASE("figures of one case, of equal values and of many cases have finite coordinates") {
    auto bench = sample_bench();
    bench["cases"] = {sample_case()};
    for (auto *series : {&bench["cases"][0]["ours"], &bench["cases"][0]["ours_again"]}) (*series)["milliseconds"] = {1.0};
    bench["cases"][0]["baseline"]["milliseconds"] = {1.0};
    const std::string one = page_of({bench_file(bench)}, {journal_file({sample_measurement("vector=8", 1)})});
    for (int i = 0; i < 100; i++) bench["cases"].push_back(sample_case());
    const std::string many = page_of({bench_file(bench)}, {});
    CHECK_THAT(many, Contains("Too many cases for one figure"));
    CHECK_THAT(many, Contains("median over cases of about as many bytes"));
    for (const auto &page : {one, many}) {
        CHECK(count(page, "nan") == 0);
        CHECK(count(page, " inf") == 0);
        CHECK(count(page, "-inf") == 0);
    }
}
