// SPDX-License-Identifier: MIT
// Compiles candidates, each as a kernel set of one.
#pragma once

#include "generators/emit/library.h"
#include "tools/normforge/tune/main_kernel.h"
#include "tools/normforge/tune/out_of_time.h"
#include "tools/trial/protocol.h"

#include <string>
#include <vector>

namespace normforge {

/// A candidate on disk, or why it is not.
struct BuiltCandidate {
    Point point;
    std::string symbol;
    std::string library;                ///< lib<set>.so, empty if it does not compile
    std::string error;                  ///< its last line, which follows the name of what failed
    Outcome failure = Outcome::compile; ///< or timeout or memory, if there is an error
    std::string folder;                 ///< with all that compiling left
    double seconds = 0;                 ///< compiling and linking
};

/// A folder of candidates for one problem; it goes with this.
class Candidates {
public:
    /// `options` says how to compile, `end` when to give it up; its directory is not used. Throws std::runtime_error if no
    /// folder can be made.
    Candidates(const MainKernel &kernel, const Space &space, LibraryOptions options, Deadline end);
    ~Candidates();
    Candidates(const Candidates &) = delete;
    Candidates &operator=(const Candidates &) = delete;

    /// What they are compared with: the problem's kernels for any shape, with default parameters, as a kernel set of its
    /// own. Returns lib<set>.so. Throws Interrupted after Ctrl-C, OutOfTime after the end, RunStopped where nothing can be
    /// compiled (the disk is full, say), std::runtime_error if they do not compile.
    std::string build_defaults(const Problem &problem) const;

    /// Compiles as many at once as `options.jobs` says. Throws Interrupted after Ctrl-C, RunStopped as above: what
    /// failed for that is no candidate's failure. After the end what is not compiled yet is given up, as a timeout that
    /// says nothing of the candidate.
    std::vector<BuiltCandidate> build(const std::vector<Point> &points);

    /// Removes its files.
    static void discard(const BuiltCandidate &built);

private:
    BuiltCandidate build_one(const Point &point, size_t number) const;

    const MainKernel &kernel_;
    const Space &space_;
    LibraryOptions options_;
    Deadline end_;
    std::string folder_;
    size_t built_ = 0;
};

} // namespace normforge
