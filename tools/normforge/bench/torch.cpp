// SPDX-License-Identifier: MIT
// Loads PyTorch, which is 450 MB, only when asked for: module and libtorch come with one dlopen().
#include "tools/normforge/bench/peers.h"
#include "tools/normforge/bench/torch_module.h"
#include "tools/normforge/common/program_folder.h"

#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge::bench {

Peer torch_peer() {
    const std::string file = program_folder() / "lib" / "normforge" / "peer_torch.so";
    if (!std::filesystem::exists(file)) {
        throw std::runtime_error(
            fmt::format("--peers torch: {} is not there, because PyTorch was not when this normforge was built: run `bash "
                        "tools/bootstrap.sh --peers`, then configure and build again",
                        file));
    }
    void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL); // stays open: worker threads run in it
    void *symbol = library ? dlsym(library, kTorchModuleSymbol) : nullptr;
    if (!symbol) throw std::runtime_error(fmt::format("--peers torch: {}", dlerror()));
    const TorchModule *module = reinterpret_cast<const TorchModule *(*)()>(symbol)();
    return {"torch", module->version, module->make, nullptr};
}

} // namespace normforge::bench
