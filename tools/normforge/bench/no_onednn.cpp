// SPDX-License-Identifier: MIT
// Takes the place of onednn.cpp in a build without oneDNN.
#include "tools/normforge/bench/peers.h"

#include <stdexcept>

namespace normforge::bench {

const bool kHasOneDnn = false;

Peer onednn_peer() {
    throw std::runtime_error("--peers onednn: this normforge was built without oneDNN (NF_WITH_ONEDNN)");
}

} // namespace normforge::bench
