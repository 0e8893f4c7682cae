// SPDX-License-Identifier: MIT
// `normforge gen`: compiles a kernel set into a library that a program can link without CMake.
#include "generators/emit/library.h"
#include "runtime/allowed_cpus.h"
#include "runtime/targets.h"
#include "tools/normforge/common/progress.h"
#include "tools/normforge/common/target_name.h"
#include "tools/normforge/verbs.h"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>

namespace normforge {

namespace {

struct GenOptions {
    std::string set, out;
    std::vector<std::string> targets = {kNative};
    std::optional<std::string> toolchain;
    LibraryOptions library;
};

/// Names of targets as asked for, in the order of the target table (best first); "native" is the best this machine can run.
std::vector<std::string> resolve_targets(const std::vector<std::string> &asked) {
    auto is_asked = [&](const std::string &name) { return std::find(asked.begin(), asked.end(), name) != asked.end(); };
    std::vector<std::string> targets;
    bool native = is_asked(kNative);
    for (const Target &target : kTargets) {
        bool best_here = native && target_usable(target);
        if (best_here) native = false;
        if (best_here || is_asked(target.name)) targets.emplace_back(target.name);
    }
    if (targets.empty())
        throw std::runtime_error("--target native: this machine runs no target, expected one of: " + target_choices());
    return targets;
}

/// The target by which the toolchain is chosen: any, as long as all are of one architecture, as a library's code must be.
const Target &common_architecture(const std::vector<std::string> &targets) {
    const Target &first = *find_target(targets.front());
    for (const std::string &name : targets) {
        const Target &other = *find_target(name);
        if (std::string_view(other.architecture) != first.architecture) {
            throw std::runtime_error(fmt::format("--target: {} is for {}, {} for {}, expected targets of one architecture",
                                                 first.name, first.architecture, other.name, other.architecture));
        }
    }
    return first;
}

/// Files that belong to this program: beside the executable when built, under the same prefix when installed.
std::string beside_executable(const char *relative) {
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / relative).lexically_normal().string();
}

void gen(GenOptions &options) {
    const std::vector<std::string> targets = resolve_targets(options.targets);
    LibraryOptions &library = options.library;
    library.toolchain = find_toolchain(common_architecture(targets), options.toolchain);
    KernelSet set = read_kernel_set(options.set, targets);
    library.directory = options.out;
    library.compiler = beside_executable("normforge-compiler");
    library.include_directory = beside_executable("../include");

    auto start = std::chrono::steady_clock::now();
    Progress progress(set.variants.size());
    library.progress = [&](size_t done, const std::string &symbol) { progress.show(done, symbol); };
    std::vector<CompiledVariant> compiled = build_library(set, library);
    progress.clear();

    size_t code = 0;
    for (const CompiledVariant &variant : compiled) code += variant.code_size;
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    fmt::print("kernel set {}: {} kernels, {:.1f} KB of code, {:.1f} s, in {}\n", set.name, compiled.size(),
               static_cast<double>(code) / 1e3, seconds.count(), options.out);
}

} // namespace

void add_gen(CLI::App &app) {
    auto options = std::make_shared<GenOptions>();
    options->library.jobs = allowed_cpus();
    CLI::App *verb = app.add_subcommand("gen", "Compile a kernel set into a library.");
    verb->add_option("--set", options->set, "kernel set, a JSON file")->required();
    verb->add_option("--target", options->targets, "targets to compile for: native, " + target_choices())
        ->check(kTargetName)
        ->capture_default_str();
    verb->add_option("--out", options->out, "directory for lib/, include/ and the manifest")->required();
    verb->add_option("--jobs", options->library.jobs, "kernels compiled at once")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    verb->add_option("--toolchain", options->toolchain,
                     "prefix of gcc, ld, objcopy and ar (default: none; for arm-64 on another machine aarch64-linux-gnu-)");
    verb->footer("Example:\n  normforge gen --set generators/kernel_sets/default.json --target x86-64-avx2 --out kernels\n"
                 "writes kernels/lib/libdefault.a, kernels/lib/libdefault.so, kernels/include/default.h,\n"
                 "kernels/default.json, and packages for CMake and pkg-config in kernels/lib.");
    verb->callback([options] { gen(*options); });
}

} // namespace normforge
