// SPDX-License-Identifier: MIT
// What the benchmark times: ours, the streaming copy or triad that bounds it, and peers. All work on the same operands.
#pragma once

#include "tools/normforge/bench/operands.h"

#include <memory>
#include <string>

namespace normforge::bench {

class Competitor {
public:
    explicit Competitor(std::string name) : name_(std::move(name)) {}
    virtual ~Competitor() = default;
    Competitor(const Competitor &) = delete;
    Competitor &operator=(const Competitor &) = delete;

    const std::string &name() const { return name_; }

    /// Which code runs: our variant, the peer's implementation, the instruction set of the copy.
    virtual std::string implementation() const = 0;

    /// One complete execution on a slot. Allocates nothing.
    virtual void run(size_t slot) = 0;

    /// Its worker threads keep spinning after run(): wait before another competitor is timed.
    virtual bool spins_afterwards() const { return false; }

private:
    std::string name_;
};

/// Through the public C API, with `threads` threads. Throws std::runtime_error with the reason if no variant serves the
/// problem.
std::unique_ptr<Competitor> make_ours(const Problem &problem, const Operands &operands, int threads);

/// Streaming copy (forward) or triad (backward) of the op's least traffic, split over as many threads of the same pool.
std::unique_ptr<Competitor> make_baseline(const Problem &problem, const Operands &operands, int threads);

/// oneDNN. Null, with the reason in `why_not`, if it cannot express the problem or is not built in.
std::unique_ptr<Competitor> make_onednn(const Problem &problem, const Operands &operands, int threads, std::string &why_not);

/// "3.2.0", "" if oneDNN is not built in.
std::string onednn_version();

} // namespace normforge::bench
