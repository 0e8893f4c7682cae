// SPDX-License-Identifier: MIT
// Two locks: who waits for the machine holds the second, so that the one who had it last, and wants it again, comes after.
#include "tools/normforge/tune/timing_lock.h"

#include "tools/normforge/common/user_folders.h"
#include "tools/normforge/tune/interrupt.h"
#include "tools/normforge/tune/run_stopped.h"

#include <filesystem>
#include <thread>
#include <unistd.h>

namespace normforge {

namespace {

/// Short beside a batch, which takes seconds; 20 looks a second cost nothing.
constexpr auto kPause = std::chrono::milliseconds(50);

} // namespace

std::unique_ptr<FileLock> TimingLock::take(Deadline end) {
    const auto next = wait_for(path_ + ".next", end);
    return next ? wait_for(path_, end) : nullptr;
}

std::unique_ptr<FileLock> TimingLock::wait_for(const std::string &path, Deadline end) {
    for (; !end || TuningClock::now() < *end; std::this_thread::sleep_for(kPause)) {
        stop_if_interrupted();
        try {
            return std::make_unique<FileLock>(path);
        } catch (const FileInUse &other) {
            if (say_) say_(other.what());
            say_ = nullptr;
        } catch (const std::runtime_error &error) {
            throw RunStopped(error.what());
        }
    }
    return nullptr;
}

std::string timing_lock_path() {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    const std::string name = std::string("timing.") + host;
    try {
        return user_data_folder() + "/" + name;
    } catch (const std::runtime_error &) {
        return (std::filesystem::temp_directory_path() / ("normforge-" + name)).string();
    }
}

} // namespace normforge
