// SPDX-License-Identifier: MIT
// `normforge gen`: compiles a kernel set, or the kernels that a list of problems needs, into a library that a program can
// link without CMake.
#include "generators/kernel_sets/from_problems.h"
#include "runtime/allowed_cpus.h"
#include "runtime/targets.h"
#include "runtime/threads.h"
#include "tools/normforge/common/compiler.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/machine.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/progress.h"
#include "tools/normforge/common/target_name.h"
#include "tools/normforge/tune/tuned_choices.h"
#include "tools/normforge/verbs.h"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

namespace normforge {

namespace {

struct GenOptions {
    std::string set, shapes, name, out;
    std::vector<std::string> targets = {kNative};
    std::optional<std::string> toolchain;
    int jobs = allowed_cpus();
    bool tuned = false;
    std::vector<std::string> databases;
    std::string device; ///< empty: this machine's
    int threads = nf_threads();
    JsonOption json;
};

const CLI::Validator kSetName(
    [](std::string &word) {
        return is_set_name(word) ? std::string()
                                 : fmt::format("'{}' is no name of a kernel set, expected a C identifier", word);
    },
    "");

/// A file's stem as the name of a kernel set: "ResNet-50.txt" gives "ResNet_50".
std::string name_from(const std::string &shapes) {
    std::string name = shapes == "-" ? "" : std::filesystem::path(shapes).stem().string();
    for (char &c : name)
        if (!is_set_name(std::string("_") + c)) c = '_';
    if (name.empty()) return "shapes";
    return is_set_name(name) ? name : "_" + name;
}

/// The kernels that the problems of a shape file need. Says of which problems none is for their shape, and why.
KernelSet set_from_problems(const GenOptions &options, const std::vector<std::string> &targets,
                            std::optional<TunedChoices> &tuned) {
    for (const std::string &target : targets)
        if (find_target(target)->device != NF_DEVICE_CPU)
            throw std::runtime_error(fmt::format(
                "--target {}: kernels for the shapes of a model are for CPUs, expected --set FILE for this target", target));
    TunedChooser chooser;
    if (tuned) {
        chooser = [&](const Problem &problem, const VariantName &kernel, bool can_stream) {
            return std::optional(tuned->choose(problem, kernel, can_stream));
        };
    }
    ProblemKernels kernels(targets, chooser);
    for (const ShapeLine &line : read_shapes(options.shapes)) {
        const std::string place = fmt::format("{}:{}: ", shapes_name(options.shapes), line.line);
        try {
            require_valid(line.problem);
            Problem problem = line.problem;
            problem.description.threads = options.threads;
            const std::string why = kernels.add(problem);
            if (!why.empty())
                fmt::print(options.json.wants_text() ? stdout : stderr, "{}{}: {}\n", place, to_string(line.problem), why);
        } catch (const std::runtime_error &error) {
            throw std::runtime_error(place + error.what());
        }
    }
    return kernels.set(options.name.empty() ? name_from(options.shapes) : options.name);
}

/// Bytes, and how many kernels are for one shape.
struct Sizes {
    size_t specialised = 0, code = 0, shared_library = 0, static_library = 0;
};

Sizes sizes_of(const KernelSet &set, const std::vector<CompiledVariant> &compiled, const std::string &out) {
    Sizes sizes;
    for (const CompiledVariant &variant : compiled) {
        sizes.code += variant.code_size;
        sizes.specialised += specialised_for(parse_symbol(variant.symbol)) ? 1 : 0;
    }
    const std::filesystem::path library = std::filesystem::path(out) / "lib" / ("lib" + set.name);
    sizes.shared_library = std::filesystem::file_size(library.string() + ".so");
    sizes.static_library = std::filesystem::file_size(library.string() + ".a");
    return sizes;
}

void print_sizes(const KernelSet &set, size_t kernels, const Sizes &sizes, const std::string &out, double seconds) {
    const auto kilobytes = [](size_t bytes) { return static_cast<double>(bytes) / 1e3; };
    fmt::print("kernel set {}: {} kernels, {} for one shape and {} for any, {:.1f} s\n"
               "{:.1f} KB of code; lib{}.so has {:.1f} KB, lib{}.a {:.1f} KB, in {}\n",
               set.name, kernels, sizes.specialised, kernels - sizes.specialised, seconds, kilobytes(sizes.code), set.name,
               kilobytes(sizes.shared_library), set.name, kilobytes(sizes.static_library), out);
}

void gen(const GenOptions &options) {
    const std::vector<std::string> targets = resolve_targets(options.targets);
    LibraryOptions library = library_options(targets, options.toolchain);
    std::optional<TunedChoices> tuned;
    if (options.tuned) {
        const std::string device = options.device.empty() ? this_machine().processor : options.device;
        tuned.emplace(targets, options.databases, device, options.threads);
    }
    const KernelSet set =
        options.shapes.empty() ? read_kernel_set(options.set, targets) : set_from_problems(options, targets, tuned);
    if (tuned) {
        for (const std::string &why : tuned->refused()) fmt::print(stderr, "normforge: not used: {}\n", why);
    }
    options.json.require_writable();
    library.directory = options.out;
    library.jobs = options.jobs;

    auto start = std::chrono::steady_clock::now();
    Progress progress(set.variants.size());
    library.progress = [&](size_t done, const std::string &symbol) { progress.show(done, symbol); };
    std::vector<CompiledVariant> compiled = build_library(set, library);
    progress.clear();

    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const Sizes sizes = sizes_of(set, compiled, options.out);
    options.json.write({{"set", set.name},
                        {"targets", targets},
                        {"kernels", compiled.size()},
                        {"specialised_kernels", sizes.specialised},
                        {"code_bytes", sizes.code},
                        {"shared_library_bytes", sizes.shared_library},
                        {"static_library_bytes", sizes.static_library},
                        {"seconds", seconds.count()},
                        {"directory", options.out},
                        {"manifest", (std::filesystem::path(options.out) / (set.name + ".json")).string()}});
    if (options.json.wants_text()) print_sizes(set, compiled.size(), sizes, options.out, seconds.count());
    if (options.json.wants_text() && tuned) fmt::print("{}\n", tuned->summary());
}

} // namespace

void add_gen(CLI::App &app) {
    auto options = std::make_shared<GenOptions>();
    CLI::App *verb = app.add_subcommand("gen", "Compile a kernel set into a library.");
    auto *what = verb->add_option_group("what", "One of these");
    what->add_option("--set", options->set, "kernel set, a JSON file")->type_name("FILE")->check(kNotEmpty);
    CLI::Option *shapes =
        what->add_option("--shapes", options->shapes,
                         "shape file, `-` for standard input: kernels for the shapes of these problems and, behind them,\n"
                         "the same kernels for any shape")
            ->type_name("FILE")
            ->check(kNotEmpty);
    what->require_option(1);
    verb->add_option("--name", options->name, "name of the kernel set (default: from the name of the shape file)")
        ->type_name("NAME")
        ->check(kSetName)
        ->needs(shapes);
    verb->add_option("--target", options->targets, "targets to compile for; native: the best that this machine runs")
        ->type_name("NAME")
        ->check(kTargetName)
        ->capture_default_str();
    verb->add_option("--out", options->out, "directory for lib/, include/ and the manifest")->required()->type_name("DIR");
    CLI::Option *tuned =
        verb->add_flag("--tuned", options->tuned, "take parameters and stores from the tuning database")->needs(shapes);
    verb->add_option("--database", options->databases,
                     "tuning databases, preferred first (default: normforge/tuned/<target>.json in $XDG_DATA_HOME, then\n"
                     "those that came with this program)")
        ->type_name("FILE")
        ->check(CLI::ExistingFile)
        ->needs(tuned);
    verb->add_option("--device", options->device, "processor that will run the kernels (default: this machine's)")
        ->type_name("NAME")
        ->check(kNotEmpty)
        ->needs(tuned);
    verb->add_option("--threads", options->threads, "threads that the kernels will run with, for --tuned")
        ->type_name("N")
        ->check(CLI::Range(1, kMaxThreads))
        ->capture_default_str()
        ->needs(tuned);
    verb->add_option("--jobs", options->jobs, "kernels compiled at once (default: one for each CPU)")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    verb->add_option("--toolchain", options->toolchain,
                     "prefix of gcc, ld, objcopy and ar (default: none; for arm-64 on another machine aarch64-linux-gnu-)")
        ->type_name("PREFIX");
    options->json.add_to(*verb, "Write what was built");
    verb->footer("Examples:\n  normforge gen --set generators/kernel_sets/default.json --target x86-64-avx2 --out kernels\n"
                 "writes kernels/lib/libdefault.a, kernels/lib/libdefault.so, kernels/include/default.h,\n"
                 "kernels/default.json, and packages for CMake and pkg-config in kernels/lib.\n"
                 "  normforge shapes model.onnx --batch 32 > model.txt && normforge gen --shapes model.txt --out kernels\n"
                 "writes the same files with the name `model`, for the problems of a model.");
    verb->callback([options] { gen(*options); });
}

} // namespace normforge
