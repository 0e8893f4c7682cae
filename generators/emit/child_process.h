// SPDX-License-Identifier: MIT
// Runs other programs: the per-kernel compiler, the C compiler, binutils, launchers, trials of candidates.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <vector>

namespace normforge {

/// A stream of a program, and the open file that stands for it.
struct Redirection {
    int stream;
    int descriptor;
};

/// A running program.
class ChildProcess {
public:
    enum class Group {
        ours, ///< the terminal's Ctrl-C reaches it
        own   ///< it does not; stop() ends all that the program started
    };

    /// Starts a program, searched in PATH. Throws std::runtime_error if it cannot be run.
    ChildProcess(const std::vector<std::string> &command, const std::vector<Redirection> &redirections, Group group);
    /// Stops it, unless wait() has returned.
    ~ChildProcess();
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;

    /// Whether it ends within so many milliseconds; false, too, if a signal came meanwhile.
    bool ends_within(int milliseconds) const;

    /// Waits for its end; once. Returns its status as waitpid() gives it.
    int wait();

    /// Of RAM that it and all it started and waits for have now, 0 once it has ended. What they share counts for each.
    int64_t resident_bytes() const;

    /// Kills it, or its group, and waits.
    void stop();

private:
    Group group_;
    pid_t process_ = 0; ///< 0: waited for
    int handle_ = -1;
};

/// When to end a program that goes on and on, with all it started.
struct RunLimits {
    double seconds = 0; ///< 0: never
    std::function<bool()>
        given_up;             ///< asked ten times a second; none: never. The terminal's Ctrl-C does not reach the program
    int64_t memory_bytes = 0; ///< of RAM, looked at ten times a second; 0: any amount
};

/// Thrown for a program that took too long.
class TimedOut : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Thrown for a program that took too much memory.
class OutOfMemory : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Of a status as waitpid() gives it: "ended with status 1", "was killed by signal 9 (Killed)".
std::string end_in_words(int status);

/// Runs a program (searched in PATH) and waits. Returns what it wrote to stdout. Throws std::runtime_error with its stderr
/// if it cannot be started, ends with another status than 0, or is killed; TimedOut, "COMMAND did not end within 3 s";
/// OutOfMemory, "COMMAND took more than 1073741824 bytes".
std::string run(const std::vector<std::string> &command, const RunLimits &limits = {});

/// What became of a shell command.
struct ShellResult {
    int status;      ///< its exit status; 128 + N after signal N, as shells say it
    bool read_input; ///< whether anything of its standard input was read
};

/// Runs a command line in /bin/sh with a text as its standard input, and waits; its output goes where ours does.
ShellResult run_in_shell(const std::string &command, const std::string &input);

/// The word as one argument for a shell, in quotes if it needs them.
std::string shell_quoted(const std::string &word);

} // namespace normforge
