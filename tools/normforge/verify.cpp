// SPDX-License-Identifier: MIT
// `normforge verify`: every usable variant that fits a problem against the float64 reference, in this process with the
// kernel sets it loads, or in a verifier that a launcher starts elsewhere.
#include "runtime/targets.h"
#include "tools/normforge/common/kernel_library.h"
#include "tools/normforge/common/target_name.h"
#include "tools/normforge/verbs.h"
#include "tools/normforge/verify/launch.h"
#include "tools/verifier/verification.h"

#include <memory>

namespace normforge {

namespace {

struct VerbOptions {
    VerifyOptions verify;
    KernelOptions kernels;
    LaunchOptions launch;
};

void run_verb(const VerbOptions &options) {
    if (!options.launch.runner.empty()) return launch_verifier(options.launch, options.verify);
    require_target_here(options.launch.target);
    options.kernels.load();
    verify(options.verify);
}

} // namespace

void add_verify(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("verify", "Compare every variant that fits with the float64 reference");
    auto options = std::make_shared<VerbOptions>();
    options->verify.command = "normforge verify";
    options->verify.add_to(*verb);
    CLI::Option *kernels = options->kernels.add_to(*verb);
    LaunchOptions &launch = options->launch;
    verb->add_option("--target", launch.target,
                     "The machine to verify on. Every variant that it can run is verified, also those of lesser targets")
        ->type_name("NAME")
        ->check(kTargetName)
        ->capture_default_str();
    CLI::Option *runner =
        verb->add_option("--runner", launch.runner,
                         "Verify through a launcher: a shell command in which {} stands for the verifier and its\n"
                         "arguments, e.g. 'qemu-aarch64-static {}' or 'ssh board {}'. The verifier is one static\n"
                         "program with the default kernel set inside, and is handed the problems on its standard input")
            ->type_name("'CMD {}'")
            ->check(kRunner)
            ->excludes(kernels);
    verb->add_option("--verifier", launch.verifier,
                     "The verifier, named as the launcher finds it\n"
                     "(default: lib/normforge/<architecture>/normforge-verify, installed with this program)")
        ->type_name("FILE")
        ->check(kNotEmpty)
        ->needs(runner);
    verb->footer("Errors are in the units of docs/numerics.md. Exit status 1 if one is over its bound.\n"
                 "Examples:\n"
                 "  normforge verify forward_train:f32:nchw:32x64x56x56:relu\n"
                 "  normforge verify --target arm-64 --runner 'qemu-aarch64-static {}' --shapes "
                 "benchmarks/shapes/edge_cases.txt");
    verb->callback([options] { run_verb(*options); });
}

} // namespace normforge
