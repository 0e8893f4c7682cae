// SPDX-License-Identifier: MIT
// One tuner at a time compiles and times: two at once would measure each other.
#pragma once

#include "tools/normforge/common/file_lock.h"
#include "tools/normforge/tune/rounds.h"

#include <functional>
#include <memory>
#include <string>

namespace normforge {

class TimingLock {
public:
    /// `path`: any file name on which all tuners of the machine agree. `say` is told who else has it, the first time.
    TimingLock(std::string path, std::function<void(const std::string &)> say)
        : path_(std::move(path)), say_(std::move(say)) {}

    /// The machine, until what is returned goes; null if it was not to be had by then. Who waits has it next, so that two
    /// tuners take turns. Throws Interrupted after Ctrl-C, RunStopped if the file cannot be locked.
    std::unique_ptr<FileLock> take(Deadline end);

private:
    std::unique_ptr<FileLock> wait_for(const std::string &path, Deadline end);

    std::string path_;
    std::function<void(const std::string &)> say_; ///< empty once it was told
};

/// The user's file for this machine (one for all users would need a place where each may open what another made, which /tmp
/// is not where the system protects its files): normforge/timing.HOST in $XDG_DATA_HOME, which several machines may share;
/// without a folder for the user's data in that for temporary files.
std::string timing_lock_path();

} // namespace normforge
