// SPDX-License-Identifier: MIT
// One writer at a time for a file that several processes may want to change.
#pragma once

#include <stdexcept>
#include <string>
#include <sys/types.h>

namespace normforge {

/// Thrown where another process holds a lock; says which.
class FileInUse : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Holds the lock of a file, from its construction to its destruction or to the end of the process, however that ends: a
/// flock() on FILE.lock beside it, since FILE itself may be replaced. The lock file says who holds it. Left behind by a
/// process that was killed it holds nothing, and the next process takes it over.
///
/// flock() of Linux reaches across machines on NFS, unless that was mounted with local_lock or has no lock manager; without
/// one it fails, and so does this.
class FileLock {
public:
    /// Creates the folder if there is none. Throws FileInUse, or std::runtime_error if it cannot be locked.
    explicit FileLock(const std::string &path);
    ~FileLock();
    FileLock(const FileLock &) = delete;
    FileLock &operator=(const FileLock &) = delete;

private:
    std::string lock_path_;
    int file_ = -1;
    pid_t owner_; ///< a forked child must not remove its parent's lock
};

} // namespace normforge
