// SPDX-License-Identifier: MIT
// NORMFORGE_CAPTURE: what is counted, and what the file holds after one process, several at once, a fork, or none that could
// write. Every case runs in processes of its own, because the variable is read once and the file is written at the end.
#include "runtime/problem.h"
#include "tests/unit/run.h"
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace normforge;
using namespace normforge::unit;

namespace {

constexpr const char *kForward = "forward_train:f32:nchw:3x5x20x16:relu";
constexpr const char *kBackward = "backward_train:f32:nchw:3x5x20x16:relu";

/// A directory with the captured file and what processes wrote to standard error.
struct Folder {
    std::string path = std::filesystem::temp_directory_path() / ("normforge_capture_" + std::to_string(getpid()));
    std::string file = path + "/captured.txt", errors = path + "/errors.txt";
    Folder() { std::filesystem::create_directory(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
};

std::string content(const std::string &file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// Runs the body in a process that captures to the file and ends in the normal way. Returns the process.
pid_t start(const Folder &folder, const std::string &file, const std::function<void()> &body) {
    std::cout.flush();
    const pid_t process = fork();
    if (process != 0) return process;
    setenv("NORMFORGE_CAPTURE", file.c_str(), 1);
    if (!std::freopen(folder.errors.c_str(), "a", stderr)) _exit(2);
    try {
        register_fakes();
        body();
    } catch (...) {
        _exit(1);
    }
    std::exit(0);
}

int finish(pid_t process) {
    int status = 0;
    REQUIRE(waitpid(process, &status, 0) == process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void execute(Run &run, int times) {
    for (int i = 0; i < times; ++i) REQUIRE(run.execute() == NF_SUCCESS);
}

void execute(const char *problem, int times) {
    Run run(problem);
    execute(run, times);
}

} // namespace

TEST_CASE("executions are counted by problem, and appended in the order of the first plans") {
    const Folder folder;
    std::ofstream(folder.file) << "# mine\n";
    REQUIRE(finish(start(folder, folder.file, [] {
                execute(kForward, 2);
                execute(kBackward, 1);
                execute(kForward, 3);
                const Run never(kForward), other("forward_train:f32:nc:4x3");
                execute("forward_train:f32:nchw:0x5x20x16", 1); // nothing runs
            })) == 0);
    CHECK(content(folder.file) == "# mine\n" + std::string(kForward) + " *5\n" + kBackward + " *1\n");
    CHECK(read_shape_file(folder.file).size() == 2);
    CHECK(content(folder.errors).empty());
}

TEST_CASE("in place is another problem") {
    const Folder folder;
    REQUIRE(finish(start(folder, folder.file, [] {
                Run forward(kForward), backward(kBackward);
                execute(forward, 1);
                forward.memory.tensors.y = const_cast<void *>(forward.memory.tensors.x);
                execute(forward, 2);
                backward.memory.tensors.dx = const_cast<void *>(backward.memory.tensors.dy);
                execute(backward, 3);
            })) == 0);
    CHECK(content(folder.file) ==
          std::string(kForward) + " *1\n" + kForward + ":inplace *2\n" + kBackward + ":inplace *3\n");
}

TEST_CASE("what fails is not counted") {
    const Folder folder;
    REQUIRE(finish(start(folder, folder.file, [] {
                Run run(kForward);
                fake_result = 42;
                REQUIRE(run.execute() == NF_KERNEL_FAILED);
                fake_result = 0;
                run.memory.tensors.x = nullptr;
                REQUIRE(run.execute() == NF_NULL_POINTER);
            })) == 0);
    CHECK(content(folder.file).empty());
}

TEST_CASE("threads count together") {
    const Folder folder;
    REQUIRE(finish(start(folder, folder.file, [] {
                const auto count = [] {
                    const nf_description d = parse_problem(kForward).description;
                    nf_tensors tensors;
                    nf_tensors_init(&tensors);
                    tensors.y = &tensors;
                    for (int i = 0; i < 10000; ++i) count_execution(*captured_problem(d), tensors);
                };
                std::thread first(count), second(count);
                first.join(), second.join();
            })) == 0);
    CHECK(content(folder.file) == std::string(kForward) + " *20000\n");
}

TEST_CASE("processes that end at the same time leave whole lines") {
    const Folder folder;
    constexpr int kProcesses = 4, kProblems = 300;
    std::vector<pid_t> processes;
    for (int i = 0; i < kProcesses; ++i)
        processes.push_back(start(folder, folder.file, [] {
            for (int n = 1; n <= kProblems; ++n) execute(("forward_train:f32:nc:" + std::to_string(n) + "x3").c_str(), 2);
        }));
    for (const pid_t process : processes) REQUIRE(finish(process) == 0);
    const auto lines = read_shape_file(folder.file);
    CHECK(lines.size() == kProcesses * kProblems);
    for (const ShapeLine &line : lines) CHECK(line.count == 2);
}

TEST_CASE("a child after fork counts for itself") {
    const Folder folder;
    REQUIRE(finish(start(folder, folder.file, [] {
                Run run(kForward);
                execute(run, 2);
                const pid_t child = fork();
                if (child == 0) {
                    execute(run, 3);
                    std::exit(0);
                }
                REQUIRE(finish(child) == 0);
                execute(run, 5);
            })) == 0);
    CHECK(content(folder.file) == std::string(kForward) + " *3\n" + kForward + " *7\n");
}

TEST_CASE("a relative path counts from where the program began") {
    const Folder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path);
    const pid_t process = start(folder, "captured.txt", [] {
        Run run(kForward);
        std::filesystem::current_path("/");
        execute(run, 1);
    });
    std::filesystem::current_path(before);
    REQUIRE(finish(process) == 0);
    CHECK(content(folder.file) == std::string(kForward) + " *1\n");
}

TEST_CASE("a file that cannot be written is said once, and changes nothing else") {
    const Folder folder;
    const auto [file, reason] = GENERATE(table<std::string, std::string>(
        {{"/absent/captured.txt", "No such file or directory"}, {"/dev/full", "No space left on device"}}));
    REQUIRE(finish(start(folder, file, [] {
                execute(kForward, 2);
                execute(kBackward, 2);
            })) == 0);
    CHECK(content(folder.errors) == "normforge: NORMFORGE_CAPTURE: " + file + " cannot be written: " + reason + "\n");
}

TEST_CASE("without the variable nothing is captured") {
    const Folder folder;
    REQUIRE(finish(start(folder, "", [] { REQUIRE(captured_problem(parse_problem(kForward).description) == nullptr); })) ==
            0);
}
