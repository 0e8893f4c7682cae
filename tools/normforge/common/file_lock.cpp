// SPDX-License-Identifier: MIT
// flock() on a file beside the locked one, see file_lock.h.
#include "tools/normforge/common/file_lock.h"

#include "tools/normforge/common/utc_time.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace normforge {

namespace fs = std::filesystem;

namespace {

std::runtime_error cannot_lock(const std::string &path, int error) {
    return std::runtime_error(fmt::format("{}: cannot be locked: {}", path, std::strerror(error)));
}

/// The same lock for all names of a file.
std::string lock_path_of(const std::string &path) {
    std::error_code unknown;
    const fs::path resolved = fs::weakly_canonical(path, unknown);
    return (unknown ? path : resolved.string()) + ".lock";
}

/// Whether the open file is still what the path names: who held it before may have removed it since.
bool is_at(int file, const std::string &path) {
    struct stat opened{}, named{};
    return fstat(file, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

/// What the lock's holder wrote into it.
std::string holder(int file) {
    char text[256];
    const ssize_t count = pread(file, text, sizeof text, 0);
    if (count <= 0) return "another process";
    const std::string all(text, static_cast<size_t>(count));
    return all.substr(0, all.find('\n'));
}

/// For people, so failing to write it changes nothing.
void sign(int file) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    const std::string text = fmt::format("process {} on {} since {}\n", getpid(), host, utc_now());
    if (ftruncate(file, 0) == 0) (void)!pwrite(file, text.data(), text.size(), 0);
}

} // namespace

FileLock::FileLock(const std::string &path) : owner_(getpid()) {
    std::error_code failed;
    const fs::path folder = fs::path(path).parent_path();
    if (!folder.empty()) fs::create_directories(folder, failed);
    if (failed) throw cannot_lock(path, failed.value());
    lock_path_ = lock_path_of(path);
    while (true) {
        file_ = open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (file_ < 0) throw cannot_lock(path, errno);
        const int error = flock(file_, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (error == 0 && is_at(file_, lock_path_)) break;
        const std::string who = error == EWOULDBLOCK ? holder(file_) : "";
        close(file_);
        if (error == EWOULDBLOCK) throw FileInUse(fmt::format("{}: is in use by {}", path, who));
        if (error != 0 && error != EINTR) throw cannot_lock(path, error);
    }
    sign(file_);
}

FileLock::~FileLock() {
    if (getpid() == owner_) unlink(lock_path_.c_str()); // while it is still locked, so that nobody's new one goes
    close(file_);
}

} // namespace normforge
