// SPDX-License-Identifier: MIT
// `normforge tune`: finds the schedule parameters of the kernels that a list of problems needs, on this machine.
#include "runtime/allowed_cpus.h"
#include "runtime/targets.h"
#include "runtime/threads.h"
#include "tools/normforge/bench/measurable.h"
#include "tools/normforge/common/compiler.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/machine.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/target_name.h"
#include "tools/normforge/tune/tune_run.h"
#include "tools/normforge/tune/versions.h"
#include "tools/normforge/verbs.h"
#include "tools/normforge/verify/launch.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace normforge {

namespace {

const std::map<std::string, size_t> kEfforts = {
    {"quick", 8}, {"measure", 32}, {"patient", 128}, {"exhaustive", std::numeric_limits<size_t>::max()}};

const std::map<std::string, double> kTimeUnits = {{"s", 1}, {"m", 60}, {"h", 3600}};

/// --candidate-memory is for what a candidate runs in; compiling one takes some 150 MB whatever its size, of which this is
/// several times as much.
constexpr int64_t kLeastCompilerBytes = int64_t{1} << 30;

struct TuneOptions {
    ProblemOptions problems;
    std::string target = kNative, effort, compiler;
    TuneFiles files;
    std::optional<std::string> toolchain;
    double seconds = 0; ///< 0: as long as the effort takes
    int threads = nf_threads();
    int jobs = allowed_cpus();
    TrialLimits limits;
    uint64_t seed = 1;
    JsonOption json;

    /// Candidates of a problem: all there is time for, if there is a time but no effort.
    size_t most_candidates() const { return kEfforts.at(!effort.empty() ? effort : seconds > 0 ? "exhaustive" : "measure"); }

    TuneSettings settings(const std::string &resolved_target, const Machine &machine) const {
        TuneSettings settings;
        settings.target = resolved_target;
        settings.device = machine.processor;
        settings.threads = threads;
        settings.most_candidates = most_candidates();
        settings.trial = beside_executable("normforge-trial");
        settings.cache_bytes = machine.last_level_bytes;
        settings.limits = limits;
        settings.library = library_options({resolved_target}, toolchain);
        settings.library.jobs = jobs;
        settings.library.limits.seconds = limits.timeout_seconds;
        settings.library.limits.memory_bytes = std::max(limits.memory_bytes, kLeastCompilerBytes);
        if (!compiler.empty()) settings.library.compiler = compiler;
        settings.compiler_fingerprint = fingerprint_of(settings.library.compiler);
        settings.seed = seed;
        if (seconds > 0) {
            const std::chrono::duration<double> time(seconds);
            settings.end = TuningClock::now() + std::chrono::duration_cast<TuningClock::duration>(time);
        }
        return settings;
    }
};

/// Each problem once, checked, with the counts of all lines that name it.
ProblemsToTune problems_to_tune(const ProblemOptions &options) {
    ProblemsToTune all;
    std::vector<ShapeLine> &problems = all.lines;
    std::map<std::string, std::optional<size_t>> seen; // where it is in `problems`, if it can be measured
    for (const ShapeLine &line : options.read()) {
        require_usable(line.problem);
        const auto [entry, is_new] = seen.try_emplace(to_string(line.problem));
        if (!is_new) {
            if (!entry->second) continue;
            int &count = problems[*entry->second].count;
            count = static_cast<int>(std::min(int64_t{count} + line.count, kMostCounted));
            continue;
        }
        try {
            bench::require_measurable(line.problem);
            entry->second = problems.size();
            problems.push_back(line);
        } catch (const std::runtime_error &error) { // a model may have a few of these
            fmt::print(stderr, "normforge: not tuned: {}\n", error.what());
            all.not_ours.push_back({to_string(line.problem), error.what()});
        }
    }
    if (problems.empty()) throw std::runtime_error("no problem is left to tune");
    return all;
}

void run_tune(const TuneOptions &options) {
    const std::string target = resolve_targets({options.target}).front();
    if (find_target(target)->device != NF_DEVICE_CPU)
        throw std::runtime_error(
            fmt::format("--target {}: schedules for GPUs have no parameters, expected a CPU's target", target));
    require_target_here(target);
    const ProblemsToTune problems = problems_to_tune(options.problems);
    options.json.require_writable();
    const Machine machine = this_machine();
    const TuneSettings settings = options.settings(target, machine);
    TuneRun(problems, settings, machine, options.files, options.json).run();
}

} // namespace

void add_tune(CLI::App &app) {
    auto options = std::make_shared<TuneOptions>();
    CLI::App *verb =
        app.add_subcommand("tune", "Find the schedule parameters that are fastest for problems on this machine");
    options->problems.add_to(*verb);
    verb->add_option("--target", options->target, "What to compile for; native: the best that this machine runs")
        ->type_name("NAME")
        ->check(kTargetName)
        ->capture_default_str();
    verb->add_option("--time", options->seconds, "How long all of it may take, e.g. 90s, 10m or 2h")
        ->type_name("TIME")
        ->transform(CLI::AsNumberWithUnit(kTimeUnits, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
        ->check(CLI::PositiveNumber);
    verb->add_option("--effort", options->effort,
                     "Candidates for each problem: quick 8, measure 32, patient 128, exhaustive all\n"
                     "(default: measure or, with --time, all that there is time for)")
        ->type_name("NAME")
        ->check(CLI::IsMember(kEfforts));
    verb->add_option("--threads", options->threads, "Threads that the kernels run with")
        ->type_name("N")
        ->check(CLI::Range(1, kMaxThreads))
        ->capture_default_str();
    verb->add_option("--journal", options->files.journal,
                     "Where every measurement is appended\n"
                     "(default: normforge/journal/<target>.jsonl in $XDG_DATA_HOME)")
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->add_option("--database", options->files.database,
                     "Where the winners are kept\n"
                     "(default: normforge/tuned/<target>.json in $XDG_DATA_HOME)")
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->add_flag("--again", options->files.again, "Measure again what the journal has");
    verb->add_option("--jobs", options->jobs, "Candidates compiled at once; they are always timed alone")
        ->type_name("N")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    verb->add_option("--candidate-timeout", options->limits.timeout_seconds, "Seconds that a candidate may compile, and run")
        ->type_name("SECONDS")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    verb->add_option("--candidate-memory", options->limits.memory_bytes, "Memory that a candidate may take, e.g. 512MiB")
        ->type_name("BYTES")
        ->transform(CLI::AsSizeValue(false))
        ->capture_default_str();
    verb->add_option("--seed", options->seed, "Where random choices of the search begin")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--toolchain", options->toolchain, "Prefix of gcc, ld, objcopy and ar")->type_name("PREFIX");
    verb->add_option("--compiler", options->compiler, "Program that takes the place of normforge-compiler")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    options->json.add_to(*verb, "Write what was found");
    verb->footer("Ctrl-C ends it and loses nothing; the same command goes on where it was.\n"
                 "Example:\n  normforge tune --shapes model.txt --time 10m\n"
                 "where model.txt is from `normforge shapes model.onnx --batch 32 --out model.txt`. Afterwards\n"
                 "  normforge gen --shapes model.txt --tuned --out kernels\n"
                 "compiles a library with what was found.");
    verb->callback([options] { run_tune(*options); });
}

} // namespace normforge
