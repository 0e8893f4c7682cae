// SPDX-License-Identifier: MIT
// See record.h.
#include "tools/gpu_check/record.h"

#include "tools/gpu_check/cudnn_api.h"
#include "tools/gpu_check/measure.h"

#include <fstream>

namespace normforge::gpu_check {

namespace {

/// The first line of a file of the system, "" if there is none.
std::string first_line(const char *path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

} // namespace

nlohmann::json begin_record(const TorchCalls *torch, const Stopwatch &watch) {
    const DeviceFacts facts = device_facts();
    nlohmann::json json = {{"device",
                            {{"name", facts.name},
                             {"compute_capability", facts.capability},
                             {"multiprocessors", facts.multiprocessors},
                             {"cache_bytes", facts.cache_bytes},
                             {"memory_bytes", facts.memory_bytes}}},
                           {"driver", {{"supports", facts.driver}, {"version", first_line("/proc/driver/nvidia/version")}}},
                           {"normforge", nf_version()},
                           {"method",
                            {{"rounds", kRounds},
                             {"flushed_bytes", watch.flushed_bytes()},
                             {"times", "CUDA events, medians, launches hidden"}}}};
    json["cudnn"] = cudnn().why_not.empty() ? nlohmann::json{{"version", cudnn_version_text(cudnn().version())}}
                                            : nlohmann::json{{"not_there", cudnn().why_not}};
    json["torch"] =
        torch ? nlohmann::json{{"version", torch->version}} : nlohmann::json{{"not_there", "run without with_torch.py"}};
    return json;
}

} // namespace normforge::gpu_check
