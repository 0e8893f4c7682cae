// SPDX-License-Identifier: MIT
// `normforge tune`: finds the schedule parameters of the kernels that a list of problems needs, on this machine.
#include "generators/tuning/space.h"
#include "runtime/allowed_cpus.h"
#include "runtime/targets.h"
#include "runtime/threads.h"
#include "tools/normforge/bench/measurable.h"
#include "tools/normforge/common/compiler.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/machine.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/progress.h"
#include "tools/normforge/common/target_name.h"
#include "tools/normforge/common/user_folders.h"
#include "tools/normforge/tune/database_file.h"
#include "tools/normforge/tune/interrupt.h"
#include "tools/normforge/tune/tune_text.h"
#include "tools/normforge/verbs.h"
#include "tools/normforge/verify/launch.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <set>

namespace normforge {

namespace {

using Clock = std::chrono::steady_clock;

const std::map<std::string, size_t> kEfforts = {
    {"quick", 8}, {"measure", 32}, {"patient", 128}, {"exhaustive", std::numeric_limits<size_t>::max()}};

const std::map<std::string, double> kTimeUnits = {{"s", 1}, {"m", 60}, {"h", 3600}};

struct TuneOptions {
    ProblemOptions problems;
    std::string target = kNative, effort, journal, database, compiler;
    std::optional<std::string> toolchain;
    double seconds = 0; ///< 0: as long as the effort takes
    int threads = nf_threads();
    int jobs = allowed_cpus();
    TrialLimits limits;
    uint64_t seed = 1;
    bool again = false;
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
        if (!compiler.empty()) settings.library.compiler = compiler;
        settings.seed = seed;
        return settings;
    }
};

/// Each problem once, checked.
std::vector<Problem> problems_to_tune(const ProblemOptions &options) {
    std::vector<Problem> problems;
    std::set<std::string> seen;
    for (const ShapeLine &line : options.read()) {
        require_usable(line.problem);
        if (!seen.insert(to_string(line.problem)).second) continue;
        try {
            bench::require_measurable(line.problem);
            problems.push_back(line.problem);
        } catch (const std::runtime_error &error) { // a model may have a few of these
            fmt::print(stderr, "normforge: not tuned: {}\n", error.what());
        }
    }
    if (problems.empty()) throw std::runtime_error("no problem is left to tune");
    return problems;
}

/// How much longer a run may take, shared out among the problems that are left: what one leaves over goes to the others.
class TimeBudget {
public:
    TimeBudget(double seconds, size_t problems) : problems_(problems) {
        if (seconds > 0)
            end_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    }

    /// When the next problem should be done.
    std::optional<Clock::time_point> next() {
        const auto left = static_cast<Clock::rep>(problems_--);
        return end_ ? std::optional(Clock::now() + (*end_ - Clock::now()) / left) : std::nullopt;
    }

    /// "7:05 left", "" without an end.
    std::string left() const {
        if (!end_) return "";
        const auto seconds =
            std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(*end_ - Clock::now()).count());
        return fmt::format(", {}:{:02} left", seconds / 60, seconds % 60);
    }

private:
    std::optional<Clock::time_point> end_;
    size_t problems_;
};

/// All problems of a run.
class TuneRun {
public:
    TuneRun(const TuneOptions &options, const std::vector<Problem> &problems, const std::string &target)
        : options_(options),
          problems_(problems),
          machine_(this_machine()),
          settings_(options.settings(target, machine_)),
          journal_path_(options.journal.empty() ? user_journal(target) : options.journal),
          database_path_(options.database.empty() ? user_database(target) : options.database),
          database_(database_path_, target, space_signature()),
          known_(options.again ? JournalContent{} : read_journal(journal_path_)),
          journal_(journal_path_) {
        for (const Problem &problem : problems) names_.push_back(to_string(problem));
        for (const std::string &why : known_.skipped) fmt::print(stderr, "normforge: skipped {}\n", why);
    }

    void run() {
        print_head();
        std::optional<TuneRows> rows;
        if (options_.json.wants_text()) rows.emplace(names_);
        TimeBudget budget(options_.seconds, problems_.size());
        const InterruptGuard guard;
        for (size_t i = 0; i < problems_.size(); i++) {
            const auto deadline = budget.next();
            Progress progress(problems_.size());
            const auto show = [&](size_t candidates, double best) {
                progress.show(i, fmt::format("{}: {} tried, best {:.3f} of the default's time{}", names_[i], candidates,
                                             best, budget.left()));
            };
            try {
                show(0, std::nan(""));
                const TunedProblem tuned =
                    tune_problem(problems_[i], settings_, deadline, journal_, known_.measurements, show);
                database_.put({tuned.entry});
                tuned_.push_back(tuned);
                progress.clear();
                if (rows) rows->add(tuned);
            } catch (const Interrupted &) {
                break;
            } catch (const std::exception &error) { // the other problems may still be tuned
                progress.clear();
                failed_++;
                fmt::print(stderr, "normforge: {}\n", error.what());
            }
        }
        finish();
    }

private:
    void print_head() const {
        if (!options_.json.wants_text()) return;
        fmt::print("normforge {}, target {}, {} thread{}\n{}journal:   {}\ndatabase:  {}\n\n", nf_version(),
                   settings_.target, settings_.threads, settings_.threads == 1 ? "" : "s", describe(machine_), journal_path_,
                   database_path_);
    }

    void finish() const {
        nlohmann::json document = {{"normforge", nf_version()},          {"target", settings_.target},
                                   {"machine", to_json(machine_)},       {"threads", settings_.threads},
                                   {"journal", journal_path_},           {"database", database_path_},
                                   {"problems", nlohmann::json::array()}};
        for (const TunedProblem &one : tuned_) document["problems"].push_back(to_json(one));
        options_.json.write(document);
        if (options_.json.wants_text()) fmt::print("\n{}", summary_text(tuned_));
        if (interrupted()) {
            throw Interrupted(fmt::format("interrupted after {} of {} problems; what was measured is in {}, run the same "
                                          "command again to go on",
                                          tuned_.size(), problems_.size(), journal_path_));
        }
        if (failed_ > 0) throw CheckFailed(fmt::format("{} of {} problems could not be tuned", failed_, problems_.size()));
    }

    const TuneOptions &options_;
    const std::vector<Problem> &problems_;
    Machine machine_;
    TuneSettings settings_;
    std::string journal_path_, database_path_;
    DatabaseFile database_;
    JournalContent known_; ///< before this run appends to it
    Journal journal_;
    std::vector<std::string> names_;
    std::vector<TunedProblem> tuned_;
    size_t failed_ = 0;
};

void run_tune(const TuneOptions &options) {
    const std::string target = resolve_targets({options.target}).front();
    if (find_target(target)->device != NF_DEVICE_CPU)
        throw std::runtime_error(
            fmt::format("--target {}: schedules for GPUs have no parameters, expected a CPU's target", target));
    require_target_here(target);
    const std::vector<Problem> problems = problems_to_tune(options.problems);
    options.json.require_writable();
    TuneRun(options, problems, target).run();
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
    verb->add_option("--journal", options->journal,
                     "Where every measurement is appended\n"
                     "(default: normforge/journal/<target>.jsonl in $XDG_DATA_HOME)")
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->add_option("--database", options->database,
                     "Where the winners are kept\n"
                     "(default: normforge/tuned/<target>.json in $XDG_DATA_HOME)")
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->add_flag("--again", options->again, "Measure again what the journal has");
    verb->add_option("--jobs", options->jobs, "Candidates compiled at once; they are always timed alone")
        ->type_name("N")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    verb->add_option("--candidate-timeout", options->limits.timeout_seconds, "Seconds that a candidate may run")
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
