// SPDX-License-Identifier: MIT
// Entry of normforge-trial: checks and times candidates of one problem, each in a process of its own. `normforge tune` runs
// one for each problem, and asks in the words of protocol.h.
#include "tools/normforge/common/command_line.h"
#include "tools/normforge/common/kernel_library.h"
#include "tools/normforge/common/problems.h"
#include "tools/trial/supervise.h"
#include "tools/trial/trial.h"

#include <iostream>
#include <normforge/normforge.h>

namespace {

using namespace normforge;

/// Answers every request until there are no more.
void serve(Trial &trial) {
    std::cout << to_line(TrialAnswer{}) << std::flush;
    for (std::string line; std::getline(std::cin, line);) {
        const TrialRequest request = parse_request(line);
        std::cout << to_line(supervise(request.limits, [&] { return trial.run(request); })) << std::flush;
    }
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app("Check and time candidates for a problem, each in a process of its own; requests come on standard input.",
                 "normforge-trial");
    std::string problem;
    TrialOptions options;
    KernelOptions kernels;
    app.add_option("PROBLEM", problem, "The problem")->required();
    app.add_option("--variant", options.variant, "The default kernel, which candidates are compared with")->required();
    app.add_option("--threads", options.threads, "Threads of what is timed")->check(CLI::PositiveNumber);
    app.add_option("--cache", options.cache_bytes, "Bytes of the last-level cache")->check(CLI::NonNegativeNumber);
    kernels.add_to(app);
    app.callback([&] {
        kernels.load();
        options.problem = parse_problem_argument(problem);
        Trial trial(options);
        serve(trial);
    });
    return normforge::run_command_line(app, argc, argv);
}
