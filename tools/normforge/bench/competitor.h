// SPDX-License-Identifier: MIT
// What the benchmark times: ours, the streaming copy or triad that bounds it, the floor, and peers. All work on the same
// operands.
#pragma once

#include "tools/normforge/bench/named.h"
#include "tools/normforge/bench/operands.h"

#include <memory>
#include <string>

namespace normforge::bench {

class Competitor : public Named {
public:
    using Named::Named;

    /// Which code runs: our variant, the peer's implementation, the instruction set of the copy.
    virtual std::string implementation() const = 0;

    /// One complete execution on a slot. Takes no page fault once it has run on every slot.
    virtual void run(size_t slot) = 0;

    /// Its worker threads keep spinning after run(): wait before another competitor is timed.
    virtual bool spins_afterwards() const { return false; }

    /// Where the last run() on a slot left y or dx.
    virtual void *result(const Slot &slot) const { return slot.output(); }
};

/// Through the public C API, with `threads` threads and, if the problem's description names one, that variant. Throws
/// std::runtime_error with the reason if no variant serves the problem.
std::unique_ptr<Competitor> make_ours(const Problem &problem, const Operands &operands, int threads,
                                      const std::string &name = "normforge");

/// Copy (one tensor read, one written) or triad (more) of the op's least traffic, split over as many threads of the same
/// pool. With or without non-temporal stores: the former are faster past the cache, the latter in it.
std::unique_ptr<Competitor> make_baseline(const Operands &operands, int threads, bool streaming);

/// A loop written by hand with the sweeps, chunks, prefetches and stores of our kernel, `variant`, but none of its formulas.
/// Null if there is none for the problem.
std::unique_ptr<Competitor> make_floor(const Problem &problem, const Operands &operands, const std::string &variant,
                                       int threads);

} // namespace normforge::bench
