// SPDX-License-Identifier: MIT
// The launcher's command line, and what its exit status means.
#include "tools/normforge/verify/launch.h"

#include "generators/emit/child_process.h"
#include "runtime/targets.h"
#include "tools/normforge/common/command_line.h"
#include "tools/normforge/common/program_folder.h"

#include <cstring>
#include <filesystem>
#include <fmt/format.h>

namespace normforge {

namespace {

constexpr std::string_view kPlace = "{}"; ///< of the verifier, in a runner
constexpr std::string_view kArm = "arm-64";

/// Of a target's name or kNative.
std::string_view architecture_of(const std::string &target) {
    return target == kNative ? cpu_architecture() : find_target(target)->architecture;
}

/// The verifier, which must be there if nobody named it.
std::string verifier_path(const LaunchOptions &launch) {
    if (!launch.verifier.empty()) return launch.verifier; // as the launcher sees it: perhaps on another machine
    const std::string_view architecture = architecture_of(launch.target);
    const auto path = program_folder() / "lib" / "normforge" / architecture / "normforge-verify";
    if (!std::filesystem::exists(path)) {
        const char *preset = architecture == kArm ? "arm64" : "release";
        throw std::runtime_error(fmt::format("no verifier for {} at {}: build it with `cmake --preset {} && cmake --build "
                                             "--preset {}`, or name one with --verifier",
                                             architecture, path.string(), preset, preset));
    }
    return path.string();
}

/// What the launcher is to run.
std::string verifier_command(const std::string &verifier, const VerifyOptions &options) {
    std::string command = shell_quoted(verifier) + " --shapes -";
    if (!options.variant.empty()) command += " --variant " + shell_quoted(options.variant);
    if (!options.json.file().empty()) command += fmt::format(" --json {}", JsonOption::kStandardOutput);
    if (options.threads) command += fmt::format(" --threads {}", options.threads);
    return command;
}

std::string shell_command(std::string runner, const std::string &command) {
    for (size_t at = 0; (at = runner.find(kPlace, at)) != std::string::npos; at += command.size())
        runner.replace(at, kPlace.size(), command);
    return runner;
}

/// The problems as a shape file.
std::string shape_text(const VerifyOptions &options) {
    std::string text;
    for (const ShapeLine &line : options.problems.read()) {
        require_valid(line.problem);
        text += to_string(line.problem) + "\n";
    }
    return text;
}

/// What an exit status says that is none of the verifier's.
std::string meaning(const ShellResult &result) {
    constexpr int kSignals = 64; // of Linux
    if (result.status == 127) return ": a command was not found";
    if (result.status == 126) return ": a command is no program that this machine can run";
    if (result.status > 128 && result.status <= 128 + kSignals) return fmt::format(": {}", strsignal(result.status - 128));
    return result.read_input ? "" : ", and nothing read the problems from its standard input";
}

} // namespace

const CLI::Validator kRunner(
    [](std::string &runner) {
        if (runner.find(kPlace) != std::string::npos) return std::string();
        return fmt::format("'{}' has no {}, which says where the verifier goes; expected e.g. 'qemu-aarch64-static {}'",
                           runner, kPlace, kPlace);
    },
    "");

void require_target_here(const std::string &target) {
    if (target == kNative || target_usable(*find_target(target))) return;
    const char *emulator = architecture_of(target) == kArm ? "qemu-aarch64-static" : "qemu-x86_64-static";
    throw std::runtime_error(fmt::format("--target: this machine cannot run {}; say with --runner what can, e.g. "
                                         "--runner '{} {}' or --runner 'ssh board {}'",
                                         target, emulator, kPlace, kPlace));
}

void launch_verifier(const LaunchOptions &launch, const VerifyOptions &options) {
    if (!options.json.file().empty() && options.json.wants_text()) { // the verifier's files lie on another machine
        throw std::runtime_error(fmt::format("--json: got '{}', expected {} with --runner: what the verifier prints comes "
                                             "here, what it writes does not",
                                             options.json.file(), JsonOption::kStandardOutput));
    }
    const std::string verifier = verifier_path(launch);
    const std::string command = shell_command(launch.runner, verifier_command(verifier, options));
    const ShellResult result = run_in_shell(command, shape_text(options));
    if (result.read_input && result.status == kExitOk) return;
    if (result.read_input && result.status == kExitCheckFailed)
        throw CheckFailed("checks failed on the other side of --runner, see above");
    if (result.read_input && result.status == kExitBadInput)
        throw std::runtime_error("the verifier refused what it was given, see above");
    throw std::runtime_error(fmt::format("--runner: '{}' ended with status {}{}\n"
                                         "  launcher: install it (Debian has qemu-aarch64-static in the package "
                                         "qemu-user-static), or pass another with --runner\n"
                                         "  verifier: {}, as the launcher sees it; pass another with --verifier",
                                         launch.runner, result.status, meaning(result), verifier));
}

} // namespace normforge
