// SPDX-License-Identifier: MIT
// `normforge bench`: times ours against a streaming copy or triad and against peers, interleaved, and prints the ratios.
#include "runtime/names.h"
#include "runtime/symbol.h"
#include "runtime/threads.h"
#include "tools/normforge/bench/run_case.h"
#include "tools/normforge/common/kernel_library.h"
#include "tools/normforge/common/machine.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/progress.h"
#include "tools/normforge/verbs.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <new>

namespace normforge {

namespace {

struct BenchOptions {
    ProblemOptions problems;
    KernelOptions kernels;
    int threads = 0;
    int rounds = 0;
    bool warm = false;
    std::string peers = bench::onednn_version().empty() ? "none" : "onednn";
    std::string json_file;
};

/// What everything below was measured with and on.
std::string head(const BenchOptions &options, const bench::CaseOptions &run, const Machine &machine) {
    const std::string mode =
        options.warm ? "warm: the same tensors in every call"
                     : fmt::format("cold: calls go round through more than twice the last-level cache, {} at most",
                                   format_bytes(bench::Operands::kMostBytes));
    return fmt::format(
        "normforge {}, peers: {}\n{}threads:   {} for every competitor\ntensors:   {}\n"
        "traffic:   the least an op moves, 2 T forward (x, y), 3 T backward (x, dy, dx), T = bytes of x; GB/s is "
        "that by time\nratios:    ours/copy and ours/triad: 1.0 is the limit; peer/ours: above 1.0 we are faster\n",
        nf_version(), run.onednn ? "oneDNN " + bench::onednn_version() : "none", describe(machine), run.threads, mode);
}

/// "small_planes stream x86-64-avx512" for a variant that follows the symbol grammar.
std::string short_variant(const std::string &name) {
    const VariantName variant = parse_symbol(name);
    return fmt::format("{} {} {}", name_of(variant.form), name_of(variant.store), variant.target);
}

/// One line per case, printed as soon as it is known; the header has the same widths.
class Rows {
public:
    explicit Rows(const std::vector<ShapeLine> &lines) {
        for (const auto &line : lines) width_ = std::max(width_, to_string(line.problem).size());
        print("problem", "ms", "quartiles", "GB/s", "ours/ref", "ref", "peer/ours", "faulted",
              "variant; peer's implementation");
    }

    void add(const bench::Case &result, const std::string &note) const {
        const auto &ours = result.ours;
        print(result.problem, fmt::format("{:.3f}", ours.median()),
              fmt::format("{:.3f}..{:.3f}", ours.quantile(0.25), ours.quantile(0.75)),
              fmt::format("{:.1f}", result.gigabytes_per_second()), fmt::format("{:.2f}", result.to_baseline()),
              result.baseline.name, result.has_peer() ? fmt::format("{:.2f}", result.to_peer()) : "-",
              std::to_string(ours.faulted),
              short_variant(ours.implementation) + (result.has_peer() ? "; " + result.peer.implementation : "") +
                  (note.empty() ? "" : "; " + note));
    }

private:
    template <class... Text>
    void print(const std::string &problem, const Text &...cells) const {
        fmt::print("{:<{}}  ", problem, width_);
        fmt::print("{:>9}  {:>16}  {:>6}  {:>8}  {:<5}  {:>9}  {:>7}  {}\n", cells...);
        std::fflush(stdout);
    }

    size_t width_ = 0;
};

/// Before hours of measuring, not after. A file that is there stays as it is until the results come.
void require_writable(const std::string &file) {
    if (!std::ofstream(file, std::ios::app)) throw std::runtime_error(fmt::format("{}: cannot be written", file));
}

void write_json(const std::string &file, const bench::CaseOptions &run, const Machine &machine,
                const std::vector<bench::Case> &cases) {
    const nlohmann::json document = {
        {"normforge", nf_version()},        {"onednn", run.onednn ? bench::onednn_version() : ""},
        {"machine", to_json(machine)},      {"threads", run.threads},
        {"cold", run.cold_cache_bytes > 0}, {"cases", bench::to_json(cases)}};
    std::ofstream stream(file);
    stream << document.dump(2) << "\n";
    stream.close();
    if (!stream) throw std::runtime_error(fmt::format("{}: cannot be written", file));
}

void run_bench(const BenchOptions &options) {
    const auto lines = options.problems.read();
    options.kernels.load();
    for (const auto &line : lines) {
        require_usable(line.problem);
        const nf_description &d = line.problem.description;
        const bool whole_op = d.op <= NF_BACKWARD_FROZEN, measured_epilogue = d.epilogue <= NF_EPILOGUE_RELU;
        const bool writes_all = d.dx_gradient == NF_GRADIENT_WRITE && d.dgamma_gradient == NF_GRADIENT_WRITE &&
                                d.dbeta_gradient == NF_GRADIENT_WRITE;
        if (!whole_op || !measured_epilogue || !writes_all || d.x.dtype != NF_F32 || d.statistics != NF_CHANNEL_DEFAULT)
            throw std::runtime_error(fmt::format("{}: bench measures whole ops with all gradients written, epilogue none or "
                                                 "relu, f32 with f32 statistics only",
                                                 to_string(line.problem)));
    }
    if (!options.json_file.empty()) require_writable(options.json_file);
    const Machine machine = this_machine();

    bench::CaseOptions run;
    run.threads = options.threads > 0 ? options.threads : nf_threads();
    run.cold_cache_bytes = options.warm ? 0 : machine.last_level_bytes;
    run.onednn = options.peers == "onednn";
    if (run.onednn && bench::onednn_version().empty()) {
        throw std::runtime_error("--peers onednn: this normforge was built without oneDNN");
    }
    run.rounds.fixed = options.rounds;

    fmt::print("{}\n", head(options, run, machine));
    const Rows rows(lines);
    Progress progress(lines.size());
    std::vector<bench::Case> cases;
    std::vector<std::string> failures;
    const auto fail = [&](const std::string &problem, const std::string &why) {
        progress.clear();
        failures.push_back(problem);
        fmt::print(stderr, "normforge: {}: {}\n", problem, why);
    };
    for (const auto &line : lines) {
        const std::string problem = to_string(line.problem);
        progress.show(cases.size() + failures.size(), problem);
        try {
            std::string note;
            cases.push_back(bench::run_case(line.problem, run, note));
            progress.clear();
            rows.add(cases.back(), note);
        } catch (const std::bad_alloc &) { // the other problems may still be measured
            fail(problem, memory_text(line.problem));
        } catch (const std::runtime_error &error) {
            fail(problem, error.what());
        }
    }
    fmt::print("\n{}", bench::summarise(cases));
    if (!options.json_file.empty()) write_json(options.json_file, run, machine, cases);
    if (!failures.empty()) {
        throw CheckFailed(fmt::format("{} of {} problems could not be measured", failures.size(), lines.size()));
    }
}

} // namespace

void add_bench(CLI::App &app) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App *verb = app.add_subcommand("bench", "Measure against a streaming copy and against peers");
    options->problems.add_to(*verb);
    options->kernels.add_to(*verb);
    verb->add_option("--threads", options->threads, "For every competitor (default: what nf_threads() says)")
        ->check(CLI::Range(1, kMaxThreads));
    verb->add_option("--rounds", options->rounds, "Exactly so many (default: 7 to 15, by time)")
        ->check(CLI::Range(1, 100000));
    verb->add_option("--peers", options->peers, "onednn or none")
        ->capture_default_str()
        ->check(CLI::IsMember({"onednn", "none"}));
    auto *cold = verb->add_flag("--cold", "Tensors come from memory: go round through more than the caches hold (default)");
    verb->add_flag("--warm", options->warm, "The same tensors in every call, as far as caches hold them")->excludes(cold);
    verb->add_option("--json", options->json_file, "Write every time and what it was measured on")
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->footer("Example:\n  normforge bench forward_train:f32:nchw:32x256x56x56:relu --threads 2\n"
                 "  normforge bench --shapes benchmarks/shapes/resnet50.txt --json resnet50.json");
    verb->callback([options] { run_bench(*options); });
}

} // namespace normforge
