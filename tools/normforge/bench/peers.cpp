// SPDX-License-Identifier: MIT
// Names of peers to what makes them.
#include "tools/normforge/bench/peers.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge::bench {

std::vector<Peer> find_peers(const std::vector<std::string> &names) {
    if (names == std::vector<std::string>{"none"}) return {};
    std::vector<Peer> peers;
    for (const auto &name : names) {
        if (name == "onednn") {
            peers.push_back(onednn_peer());
        } else if (name == "torch") {
            peers.push_back(torch_peer());
        } else if (name == "untuned") {
            peers.push_back(untuned_peer());
        } else {
            throw std::runtime_error(
                fmt::format("--peers: '{}' is not a peer, expected a list of onednn, torch and untuned, or none", name));
        }
    }
    return peers;
}

} // namespace normforge::bench
