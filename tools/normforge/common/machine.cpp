// SPDX-License-Identifier: MIT
// Reads the machine: caches from hwloc, name and instruction set from /proc/cpuinfo.
#include "tools/normforge/common/machine.h"

#include "tools/normforge/common/byte_text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <hwloc.h>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

namespace normforge {

namespace {

/// Features that some target of ours asks for, or that explain a peer's speed, in the kernel's spelling.
constexpr const char *kFeatures[] = {"sse4_1",      "avx",      "f16c",     "fma",      "avx2",        "avx512f",
                                     "avx512cd",    "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16",
                                     "avx512_fp16", "avx_vnni", "amx_tile", "asimd",    "asimdhp",     "asimddp",
                                     "bf16",        "sve",      "sve2"};

/// The value of the first line of /proc/cpuinfo with this key, "" if there is none.
std::string cpuinfo(const std::string &key) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const size_t colon = line.find(':');
        if (colon == std::string::npos || line.compare(0, key.size(), key) != 0) continue;
        const size_t value = line.find_first_not_of(' ', colon + 1);
        return value == std::string::npos ? "" : line.substr(value);
    }
    return "";
}

std::vector<std::string> features() {
    std::istringstream words(cpuinfo("flags") + " " + cpuinfo("Features")); // x86 and ARM spell the key differently
    const std::set<std::string> present{std::istream_iterator<std::string>(words), {}};
    std::vector<std::string> found;
    std::copy_if(std::begin(kFeatures), std::end(kFeatures), std::back_inserter(found),
                 [&](const std::string &feature) { return present.count(feature) > 0; });
    return found;
}

using Topology = std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)>;

Topology load_topology() {
    hwloc_topology_t topology = nullptr;
    if (hwloc_topology_init(&topology) != 0) throw std::runtime_error("hwloc cannot start");
    Topology owner(topology, &hwloc_topology_destroy);
    if (hwloc_topology_load(topology) != 0) throw std::runtime_error("hwloc cannot read this machine's topology");
    return owner;
}

/// Bytes of the largest cache of a kind, 0 if the machine does not tell.
int64_t cache_bytes(const Topology &topology, hwloc_obj_type_t kind) {
    int64_t bytes = 0;
    for (hwloc_obj_t object = nullptr; (object = hwloc_get_next_obj_by_type(topology.get(), kind, object));)
        bytes = std::max(bytes, static_cast<int64_t>(object->attr->cache.size));
    return bytes;
}

} // namespace

Machine this_machine() {
    const Topology topology = load_topology();
    Machine machine;
    machine.processor = cpuinfo("model name");
    if (machine.processor.empty()) machine.processor = "unknown processor";
    machine.cpus = hwloc_get_nbobjs_by_type(topology.get(), HWLOC_OBJ_PU);
    machine.features = features();
    machine.l1_bytes = cache_bytes(topology, HWLOC_OBJ_L1CACHE);
    machine.l2_bytes = cache_bytes(topology, HWLOC_OBJ_L2CACHE);
    for (const auto kind : {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE}) {
        machine.last_level_bytes = std::max(machine.last_level_bytes, cache_bytes(topology, kind));
    }
    return machine;
}

std::string describe(const Machine &machine) {
    return fmt::format("processor: {}, {} logical CPUs\nfeatures:  {}\ncaches:    L1 {}, L2 {}, last level {}\n",
                       machine.processor, machine.cpus, fmt::join(machine.features, " "), format_bytes(machine.l1_bytes),
                       format_bytes(machine.l2_bytes), format_bytes(machine.last_level_bytes));
}

nlohmann::json to_json(const Machine &machine) {
    return {{"processor", machine.processor}, {"cpus", machine.cpus},
            {"features", machine.features},   {"l1_bytes", machine.l1_bytes},
            {"l2_bytes", machine.l2_bytes},   {"last_level_bytes", machine.last_level_bytes}};
}

} // namespace normforge
