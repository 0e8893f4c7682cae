// SPDX-License-Identifier: MIT
// Which kernels a plan runs: for each step the first registered ones that serve it on this machine, the store policy, and
// why.
#pragma once

#include "runtime/compose.h"
#include "runtime/error.h"
#include "runtime/partition.h"
#include "runtime/pieces.h"
#include "runtime/registry.h"
#include "runtime/validate.h"
#include <string>

namespace normforge {

/// A plan streams if its tensors exceed this many bytes per thread, or the last-level cache if that is smaller. Measured on
/// Zen 5 (32 MiB of L3, f32 nhwc inference): where tensors were in cache before the call, cached stores are 2.3 times as
/// fast as streaming at 13 MB and 1.4 at 32 MB with two threads, 1.2 at 19 MB and 0.87 at 26 MB with one; where they were
/// not, 0.8 times at every size. A virtual machine may report the whole host's cache, which its threads share with others.
inline constexpr int64_t kStreamBytesPerThread = int64_t{16} << 20;

/// Plans that touch more bytes than this stream.
constexpr int64_t stream_limit(int64_t cache_bytes, int threads) {
    return cache_bytes < kStreamBytesPerThread * threads ? cache_bytes : kStreamBytesPerThread * threads;
}

/// What dispatch knows of a problem besides what was checked and composed.
struct Situation {
    const CheckedProblem &problem;
    const std::vector<Step> &steps;
    Box box;         ///< the first of the grid
    bool whole;      ///< that box is the whole problem
    int threads = 1; ///< at most
};

/// What a step runs. `stream` is null if it does not stream; else it runs where pointers are aligned. On a GPU it is the
/// kernel of wide loads and stores.
struct Choice {
    RegisteredKernel cached{};
    RegisteredKernel stream{};
    std::string variant_reason;
    std::string store_reason;

    const RegisteredKernel &preferred() const { return stream.kernel ? stream : cached; }
};

/// Whether a problem's kernels compute in f64 though its tensors are of another type: f64 tensors do in any case.
bool needs_statistics64(const nf_description &description);

/// choose_group() of partition.h, for the types of a problem.
int64_t choose_group(nf_op op, int64_t channels, int64_t plane, const ElementBytes &bytes, int threads);

/// choose_group() for a box of a problem of that form; 1 in the others.
int64_t group_of(const CheckedProblem &problem, const Box &box, int threads);

/// Why streaming stores cannot write a box of a step's output, empty if they can. The pointer is looked at in each
/// execution.
std::string unfit_for_streaming(const CheckedProblem &problem, const Step &step, const Box &box, int threads);

/// Whether a step streams where neither a kernel specialised for the shape nor the caller decides, and why.
bool streams_by_size(const Situation &situation, const Step &step, std::string &reason);

/// Chooses for each step; for an empty batch it only checks a forced name and the environment. Refuses with
/// NF_UNKNOWN_VARIANT, NF_NO_VARIANT or, for a bad NORMFORGE_STORE, NF_INVALID_ARGUMENT.
Status choose_kernels(const Situation &situation, std::vector<Choice> &choices);

} // namespace normforge
