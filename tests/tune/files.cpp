// SPDX-License-Identifier: MIT
// Folders and processes of tests, see files.h.
#include "tests/tune/files.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace normforge::tune_test {

namespace fs = std::filesystem;

Folder::Folder() : path_((fs::temp_directory_path() / "normforge_tune_XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw std::runtime_error("no temporary folder");
}

Folder::~Folder() {
    fs::remove_all(path_);
}

std::vector<std::string> Folder::names() const {
    std::vector<std::string> names;
    for (const auto &entry : fs::directory_iterator(path_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string content(const std::string &file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

void write(const std::string &file, const std::string &text) {
    std::ofstream(file) << text;
}

std::string error_in_child(const std::function<void()> &body) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    std::cout.flush();
    const pid_t process = fork();
    if (process == 0) {
        std::string text;
        try {
            body();
        } catch (const std::exception &error) {
            text = error.what();
        }
        const bool sent = ::write(pipe_ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
        _exit(sent ? 0 : 1); // Catch2 belongs to the parent
    }
    close(pipe_ends[1]);
    std::string text;
    char block[512];
    for (ssize_t count = 0; (count = read(pipe_ends[0], block, sizeof block)) > 0;)
        text.append(block, static_cast<size_t>(count));
    close(pipe_ends[0]);
    int status = 0;
    waitpid(process, &status, 0);
    return status == 0 ? text : "the process ended with status " + std::to_string(status);
}

Holder::Holder(const std::function<void(const std::function<void()> &ready)> &body) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    std::cout.flush();
    process_ = fork();
    if (process_ == 0) {
        try {
            body([&] {
                if (::write(pipe_ends[1], "x", 1) != 1) _exit(1);
                while (true) pause();
            });
        } catch (const std::exception &error) {
            std::cerr << error.what() << std::endl;
        }
        _exit(1);
    }
    close(pipe_ends[1]);
    char byte = 0;
    const bool ready = read(pipe_ends[0], &byte, 1) == 1;
    close(pipe_ends[0]);
    if (!ready) throw std::runtime_error("the other process failed");
}

void Holder::kill_now() {
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
}

void limit_file_size(size_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("setrlimit failed");
}

bool mount_small_disk(const std::string &folder, size_t bytes) {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    const std::string size = "size=" + std::to_string(bytes);
    return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

void become_nobody() {
    if (geteuid() == 0 && seteuid(65534) != 0) throw std::runtime_error("seteuid failed");
}

} // namespace normforge::tune_test
