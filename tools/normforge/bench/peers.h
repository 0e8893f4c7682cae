// SPDX-License-Identifier: MIT
// What the benchmark compares with, by the names that --peers takes.
#pragma once

#include "tools/normforge/bench/competitor.h"

#include <string>
#include <vector>

namespace normforge::bench {

struct Peer {
    std::string name;
    std::string version;

    /// Null, with the reason in `why_not`, if the peer cannot express the problem.
    std::unique_ptr<Competitor> (*make)(const Problem &problem, const Operands &operands, int threads, std::string &why_not);

    /// The peer with its own tensor format, which no other library takes: for information. Null if there is nothing to tell;
    /// a null function if there never is.
    std::unique_ptr<Competitor> (*make_native)(const Problem &problem, const Operands &operands, int threads);

    bool only_relu = true; ///< no other activation
};

/// oneDNN, and PyTorch from a module that is loaded now. Throw std::runtime_error that says what to install if the peer was
/// not there when this program was built.
Peer onednn_peer();
Peer torch_peer();

/// Our own kernel for any shape, with default parameters, where ours is specialised or tuned.
Peer untuned_peer();

/// Whether this program was built with oneDNN.
extern const bool kHasOneDnn;

/// Of "onednn,torch" or "none". Throws std::runtime_error for other words, and as above.
std::vector<Peer> find_peers(const std::vector<std::string> &names);

} // namespace normforge::bench
