// SPDX-License-Identifier: MIT
// `normforge bench`: times ours against a streaming copy or triad and against peers, interleaved, and prints the ratios.
#include "runtime/threads.h"
#include "tools/normforge/bench/measurable.h"
#include "tools/normforge/bench/rows.h"
#include "tools/normforge/bench/run_case.h"
#include "tools/normforge/bench/summary.h"
#include "tools/normforge/common/byte_text.h"
#include "tools/normforge/common/choices.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/kernel_library.h"
#include "tools/normforge/common/machine.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/progress.h"
#include "tools/normforge/common/utc_time.h"
#include "tools/normforge/verbs.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <new>
#include <optional>

namespace normforge {

namespace {

struct BenchOptions {
    ProblemOptions problems;
    KernelOptions kernels;
    std::vector<int> threads;
    int rounds = 0;
    bool cold = false, warm = false;
    std::vector<std::string> peers = {bench::kHasOneDnn ? "onednn" : "none"};
    JsonOption json;

    bench::CaseOptions case_options(const Machine &machine) const {
        bench::CaseOptions run;
        run.threads = threads.empty() ? std::vector<int>{nf_threads()} : threads;
        run.cold = cold || !warm; // neither flag: both
        run.warm = warm || !cold;
        run.cache_bytes = machine.last_level_bytes;
        run.peers = bench::find_peers(peers);
        run.rounds.fixed = rounds;
        return run;
    }
};

/// What everything below was measured with and on.
std::string head(const bench::CaseOptions &run, const Machine &machine) {
    std::vector<std::string> peers;
    std::transform(run.peers.begin(), run.peers.end(), std::back_inserter(peers),
                   [](const bench::Peer &peer) { return peer.name + " " + peer.version; });
    return fmt::format(
        "normforge {}, peers: {}\n{}threads:   {} for every competitor\n"
        "cold:      calls go round through more than twice the last-level cache, {} at most\n"
        "warm:      the same tensors in every call\n"
        "traffic:   each tensor that an op reads or writes, once; GB/s is that by time\n"
        "ratios:    ours/copy, ours/triad and ours/floor: 1.0 is the limit; faster peer/ours: above 1.0 we are faster\n",
        nf_version(), peers.empty() ? "none" : fmt::format("{}", fmt::join(peers, ", ")), describe(machine),
        fmt::join(run.threads, ", "), format_bytes(bench::Operands::most_bytes()));
}

/// Everything that was found, with what it was found on.
class Report {
public:
    Report(const bench::CaseOptions &run, const Machine &machine) {
        nlohmann::json peers = nlohmann::json::object();
        for (const auto &peer : run.peers) peers[peer.name] = peer.version;
        document_ = {{"normforge", nf_version()},   {"time", utc_now()},      {"peers", peers},
                     {"machine", to_json(machine)}, {"threads", run.threads}, {"cases", nlohmann::json::array()}};
    }

    void write(const JsonOption &json, const std::vector<bench::Case> &cases, const bench::Summary &summary) {
        for (const auto &one : cases) document_["cases"].push_back(bench::to_json(one));
        document_["summary"] = bench::to_json(summary);
        json.write(document_);
    }

private:
    nlohmann::json document_;
};

void run_bench(const BenchOptions &options) {
    const auto lines = options.problems.read();
    options.kernels.load();
    std::vector<std::string> problems;
    for (const auto &line : lines) {
        require_usable(line.problem);
        bench::require_measurable(line.problem);
        problems.push_back(to_string(line.problem));
    }
    options.json.require_writable();
    const Machine machine = this_machine();
    const bench::CaseOptions run = options.case_options(machine);
    Report report(run, machine);

    std::optional<bench::Rows> rows;
    if (options.json.wants_text()) {
        fmt::print("{}\n", head(run, machine));
        rows.emplace(problems);
    }
    Progress progress(lines.size());
    std::vector<bench::Case> cases;
    size_t failures = 0;
    for (size_t i = 0; i < lines.size(); i++) {
        const auto fail = [&](const std::string &why) { // the other problems may still be measured
            progress.clear();
            failures++;
            fmt::print(stderr, "normforge: {}: {}\n", problems[i], why);
        };
        progress.show(i, problems[i]);
        try {
            bench::run_cases(lines[i].problem, run, [&](const bench::Case &one) {
                progress.clear();
                if (rows) rows->add(one);
                cases.push_back(one);
            });
        } catch (const std::bad_alloc &) {
            fail(memory_text(lines[i].problem));
        } catch (const std::runtime_error &error) {
            fail(error.what());
        }
    }
    const auto summary = bench::summarise(cases);
    if (rows) fmt::print("\n{}", bench::to_text(summary));
    report.write(options.json, cases, summary);
    if (failures > 0) throw CheckFailed(fmt::format("{} of {} problems could not be measured", failures, lines.size()));
}

} // namespace

void add_bench(CLI::App &app) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App *verb = app.add_subcommand("bench", "Measure against a streaming copy and against peers");
    options->problems.add_to(*verb);
    options->kernels.add_to(*verb);
    verb->add_option("--threads", options->threads,
                     "Numbers for every competitor, e.g. 1,2 (default: what nf_threads() says)")
        ->delimiter(',')
        ->allow_extra_args(false) // one list per --threads, so that a PROBLEM may follow
        ->type_name("N,...")
        ->check(CLI::Range(1, kMaxThreads));
    verb->add_option("--rounds", options->rounds, "Exactly so many (default: 5 to 21, by time)")
        ->type_name("N")
        ->check(CLI::Range(1, 100000));
    verb->add_option("--peers", options->peers, "A list of onednn, torch and untuned (our kernel for any shape), or none")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...")
        ->check(described_choices("onednn, torch, untuned, none"))
        ->capture_default_str();
    verb->add_flag("--cold", options->cold,
                   "Only where tensors come from memory: calls go round through more than the caches hold");
    verb->add_flag("--warm", options->warm, "Only where tensors are those of the call before, as far as caches hold them");
    options->json.add_to(*verb, "Write every time and what it was measured on");
    verb->footer(
        "Examples:\n  normforge bench forward_train:bf16:nchw:32x256x56x56:add_relu --peers onednn,torch --threads 1,2\n"
        "  normforge bench --shapes benchmarks/shapes/resnet50.txt --json resnet50.json");
    verb->callback([options] { run_bench(*options); });
}

} // namespace normforge
