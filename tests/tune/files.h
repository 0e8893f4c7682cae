// SPDX-License-Identifier: MIT
// Files for a test, and processes in which writing them goes wrong.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace normforge::tune_test {

/// A folder of its own, removed at the end.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    const std::string &path() const { return path_; }
    std::string file(const std::string &name) const { return path_ + "/" + name; }
    std::vector<std::string> names() const; ///< of what lies in it, sorted

private:
    std::string path_;
};

std::string content(const std::string &file);
void write(const std::string &file, const std::string &text);

/// Runs the body in a process of its own. Returns the text of the exception that ended it, "" if none did.
std::string error_in_child(const std::function<void()> &body);

/// Runs the body in a process of its own, which then stays until it is killed.
class Holder {
public:
    explicit Holder(const std::function<void(const std::function<void()> &ready)> &body);
    ~Holder() { kill_now(); }
    Holder(const Holder &) = delete;
    Holder &operator=(const Holder &) = delete;

    pid_t process() const { return process_; }
    void kill_now(); ///< by SIGKILL, which runs no destructor

private:
    pid_t process_;
};

/// For error_in_child(): no file of this process may grow beyond this, as if the disk were full in the middle of a write.
void limit_file_size(size_t bytes);

/// For error_in_child(): puts a disk of so many bytes at the folder, for this process alone. False if this system allows
/// that to nobody.
bool mount_small_disk(const std::string &folder, size_t bytes);

/// For error_in_child(): gives up the right to write everywhere, which root has.
void become_nobody();

} // namespace normforge::tune_test
