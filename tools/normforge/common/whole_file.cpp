// SPDX-License-Identifier: MIT
// A file is written beside its place and renamed into it, see whole_file.h.
#include "tools/normforge/common/whole_file.h"

#include "runtime/text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace normforge {

namespace fs = std::filesystem;

namespace {

/// Whether what was written is on the disk; pipes and devices, and folders of some file systems, have nothing to wait for.
bool is_kept(int file) {
    return fsync(file) == 0 || errno == EINVAL || errno == EROFS;
}

/// Returns errno of the first failure, 0 if there was none. Closes the file.
int write_and_close(FILE *file, const std::string &text) {
    errno = 0;
    const bool written =
        std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0 && is_kept(fileno(file));
    const int error = written ? 0 : errno;
    return std::fclose(file) != 0 && written ? errno : error;
}

/// Opens a new file beside the target, of a name that is free: a process that was killed may have left one behind, and
/// where processes have a namespace of their own, numbers come again. Null where there is none, errno says why.
FILE *open_draft(const std::string &target, std::string &draft) {
    FILE *file = nullptr;
    for (int number = 0; !file; number++) {
        draft = fmt::format("{}.{}.{}", target, getpid(), number);
        file = std::fopen(draft.c_str(), "wxe");
        if (!file && errno != EEXIST) break;
    }
    struct stat old{};
    if (file && stat(target.c_str(), &old) == 0) // a file system without permissions refuses that, which does no harm
        (void)!fchmod(fileno(file), old.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO));
    return file;
}

} // namespace

std::runtime_error cannot_write(const std::string &path, int error) {
    return std::runtime_error(fmt::format("{}: cannot be written: {}", path, std::strerror(error)));
}

std::string read_whole_file(const std::string &path) {
    errno = 0;
    auto text = read_text(path);
    if (!text) throw std::runtime_error(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
    return std::move(*text);
}

int keep_names(const std::string &folder) {
    const int file = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return errno == EACCES ? 0 : errno; // a folder that may be written to, but not listed
    const int error = is_kept(file) ? 0 : errno;
    close(file);
    return error;
}

void write_whole_file(const std::string &path, const std::string &text) {
    std::error_code absent;
    const bool is_device = fs::exists(path, absent) && !fs::is_regular_file(path, absent);
    const fs::path resolved = fs::weakly_canonical(path, absent); // a link stays, and so does what it is one to
    const std::string target = absent ? path : resolved.string();
    std::string draft;
    FILE *file = is_device ? std::fopen(path.c_str(), "we") : open_draft(target, draft);
    if (!file) throw cannot_write(path, errno);
    int error = write_and_close(file, text);
    if (is_device && error == 0) return;
    if (!is_device && error == 0 && std::rename(draft.c_str(), target.c_str()) != 0) error = errno;
    if (error == 0) error = keep_names(fs::path(target).parent_path().string());
    if (error == 0) return;
    if (!is_device) std::remove(draft.c_str());
    throw cannot_write(path, error);
}

void write_standard_output(const std::string &text) {
    if (std::ferror(stdout)) throw std::runtime_error("standard output: cannot be written"); // nor could what came before
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw cannot_write("standard output", errno);
}

} // namespace normforge
