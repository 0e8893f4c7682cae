// SPDX-License-Identifier: MIT
// Appending to a journal: whole lines, whatever happens.
#include "tools/normforge/tune/journal.h"

#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/tune/journal_line.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace normforge {

namespace {

off_t size_of(int file, const std::string &path) {
    struct stat status{};
    if (fstat(file, &status) != 0) throw cannot_write(path, errno);
    return status.st_size;
}

/// One write() as long as the system takes all of it. Returns errno, 0 for success.
int write_all(int file, const char *data, size_t size) {
    while (size > 0) {
        const ssize_t count = write(file, data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count < 0 ? errno : EIO;
        data += count;
        size -= static_cast<size_t>(count);
    }
    return 0;
}

bool ends_within_a_line(int file, const std::string &path) {
    const off_t size = size_of(file, path);
    char last = '\n';
    if (size > 0 && pread(file, &last, 1, size - 1) != 1) throw cannot_write(path, errno);
    return last != '\n';
}

} // namespace

double median(std::vector<double> numbers) {
    if (numbers.empty()) throw std::invalid_argument("median of no number");
    std::sort(numbers.begin(), numbers.end());
    const size_t middle = numbers.size() / 2;
    return numbers.size() % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

double cost(const Measurement &measurement) {
    return median(measurement.milliseconds) / median(measurement.default_milliseconds);
}

std::optional<double> noise(const Measurement &measurement) {
    if (measurement.again_milliseconds.empty()) return std::nullopt;
    const double ratio = median(measurement.again_milliseconds) / median(measurement.default_milliseconds);
    return std::max(ratio, 1 / ratio);
}

Journal::Journal(const std::string &path)
    : path_(path), lock_(path), file_(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (file_ < 0) throw cannot_write(path, errno);
    try {
        if (const int error = keep_names(std::filesystem::path(path).parent_path().string()))
            throw cannot_write(path, error);
        if (ends_within_a_line(file_, path)) write_line("\n");
    } catch (...) {
        close(file_);
        throw;
    }
}

Journal::~Journal() {
    close(file_);
}

void Journal::append(const Measurement &measurement) {
    write_line(journal_line(measurement));
}

void Journal::write_line(const std::string &line) {
    const off_t size = size_of(file_, path_);
    int error = write_all(file_, line.data(), line.size());
    if (error == 0 && fsync(file_) != 0) error = errno;
    if (error == 0) return;
    if (ftruncate(file_, size) != 0) throw cannot_write(path_ + " (which now ends within a line)", error);
    throw cannot_write(path_, error);
}

} // namespace normforge
