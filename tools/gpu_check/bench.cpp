// SPDX-License-Identifier: MIT
// See bench.h. All competitors of a case work on the same operands, in turns: every round runs each of them once, beginning
// with another one. The record is written after each case, so that a run that is cut short leaves one.
#include "tools/gpu_check/bench.h"

#include "runtime/names.h"
#include "runtime/ops.h"
#include "tools/gpu_check/agreement.h"
#include "tools/gpu_check/cudnn_api.h"
#include "tools/gpu_check/cudnn_peer.h"
#include "tools/gpu_check/stopwatch.h"
#include "tools/normforge/common/whole_file.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <dlfcn.h>
#include <fstream>
#include <limits>
#include <normforge/kernel_table.h>

namespace normforge::gpu_check {

namespace {

constexpr int kRounds = 21;

constexpr const char *kUsageText =
    "usage: normforge-gpu-bench --device\n"
    "       normforge-gpu-bench LIBRARY RECORD SHAPES [SECONDS]\n"
    "  --device  says which GPU there is; exit status 3 if none\n"
    "  LIBRARY   a kernel set's .so with kernels for cuda-80\n"
    "  RECORD    the JSON file to write\n"
    "  SHAPES    a shape file: forward_train, forward_inference and backward_train; none, relu and add_relu\n"
    "  SECONDS   begin no further case after that many\n";

class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

void register_library(const std::string &path) {
    void *const library = dlopen(path.c_str(), RTLD_NOW);
    if (!library) throw UsageError(dlerror());
    const std::string file = path.substr(path.rfind('/') + 1); // lib<set>.so
    if (file.size() < 7) throw UsageError(path + ": expected a file lib<set>.so");
    const std::string set = file.substr(3, file.rfind('.') - 3);
    const auto *const table = static_cast<const nf_kernel_table *>(dlsym(library, ("nf_kernels_" + set).c_str()));
    if (!table) throw UsageError(path + " holds no kernel set " + set);
    if (nf_register(table) != NF_SUCCESS) throw std::runtime_error(nf_last_error());
}

double parse_seconds(const std::string &text) {
    double seconds = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, seconds);
    if (error != std::errc() || rest != end || seconds <= 0)
        throw UsageError("SECONDS is '" + text + "', expected a number above 0");
    return seconds;
}

/// The first line of a file of the system, "" if there is none.
std::string first_line(const char *path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

nlohmann::json head(const TorchCalls *torch, const Stopwatch &watch) {
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

/// Adds a peer that agrees with ours, or why it is absent.
template <typename Make>
void try_peer(const char *name, const Make &make, const Agreement &agreement,
              std::vector<std::unique_ptr<Competitor>> &peers, Case &result) {
    try {
        std::unique_ptr<Competitor> peer = make();
        const std::string difference = agreement.difference(*peer);
        if (difference.empty())
            peers.push_back(std::move(peer));
        else
            result.absent.push_back({name, difference, true});
    } catch (const NotOffered &reason) {
        result.absent.push_back({name, reason.what()});
    }
}

Temperature time_all(const Stopwatch &watch, bool cold, Ours &ours, const std::function<void()> &copy,
                     const std::vector<std::unique_ptr<Competitor>> &peers) {
    Temperature found;
    found.ours.name = ours.name();
    found.copy.name = "copy";
    std::vector<std::pair<Series *, std::function<void()>>> turns = {{&found.ours, [&] { ours.run(); }},
                                                                     {&found.copy, copy}};
    found.peers.resize(peers.size());
    for (size_t i = 0; i < peers.size(); ++i) {
        found.peers[i].name = peers[i]->name();
        turns.emplace_back(&found.peers[i], [&peer = *peers[i]] { peer.run(); });
    }
    for (size_t round = 0; round < kRounds; ++round)
        for (size_t turn = 0; turn < turns.size(); ++turn) {
            const auto &[series, work] = turns[(round + turn) % turns.size()];
            series->samples.push_back(watch.time(cold, work));
        }
    return found;
}

void measure(const Problem &problem, const Stopwatch &watch, const TorchCalls *torch, Case &result) {
    const Operands operands(problem);
    Ours ours(operands);
    const Agreement agreement(operands, ours);
    std::vector<std::unique_ptr<Competitor>> peers;
    for (const CudnnWay &way : kCudnnWays)
        if (!way.fused || problem.description.epilogue != NF_EPILOGUE_NONE)
            try_peer(way.name, [&] { return make_cudnn(operands, way); }, agreement, peers, result);
    if (torch)
        for (const TorchWay &way : kTorchWays)
            try_peer(way.name, [&] { return make_torch(operands, *torch, way); }, agreement, peers, result);

    result.variant = ours.variant();
    result.tensor_bytes = static_cast<int64_t>(operands.tensor_bytes());
    result.tensors = tensors_without_cache(result.op, adds_residual(problem.description.epilogue));
    const size_t half = operands.tensor_bytes() * static_cast<size_t>(result.tensors) / 2; // read, and as much written
    const Memory source(half), target(half);
    source.fill(1);
    const auto copy = [&] {
        require(driver().copy(target.address(), source.address(), half, nullptr), "cuMemcpyDtoDAsync");
    };
    result.cold = time_all(watch, true, ours, copy, peers);
    result.warm = time_all(watch, false, ours, copy, peers);
}

Case run_case(const Problem &problem, const Stopwatch &watch, const TorchCalls *torch) {
    Case result;
    result.problem = to_string(problem);
    result.op = name_of(problem.description.op);
    try {
        measure(problem, watch, torch, result);
    } catch (const NotOffered &reason) {
        result.why_not = reason.what();
    }
    return result;
}

int run(const std::vector<std::string> &arguments, const TorchCalls *torch) {
    if (arguments.size() == 2 && arguments[1] == "--device") {
        driver();
        const DeviceFacts facts = device_facts();
        std::printf("%s, compute capability %s, driver for %s\n", facts.name.c_str(), facts.capability.c_str(),
                    facts.driver.c_str());
        return kDone;
    }
    if (arguments.size() != 4 && arguments.size() != 5) throw UsageError("expected 3 or 4 arguments, or --device");
    const double seconds = arguments.size() == 5 ? parse_seconds(arguments[4]) : std::numeric_limits<double>::infinity();
    const std::vector<ShapeLine> shapes = read_shape_file(arguments[3]);
    for (const ShapeLine &shape : shapes) geometry_of(shape.problem);
    register_library(arguments[1]);
    driver();
    const Stopwatch watch;
    nlohmann::json record = head(torch, watch);
    std::vector<Case> cases;
    bool failed = false;
    const auto begin = std::chrono::steady_clock::now();
    for (const ShapeLine &shape : shapes) {
        if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() > seconds) {
            std::fprintf(stderr, "%zu of %zu cases measured: out of time\n", cases.size(), shapes.size());
            break;
        }
        try {
            cases.push_back(run_case(shape.problem, watch, torch));
        } catch (const std::runtime_error &error) { // the device may be in any state: what was measured before is kept
            std::fprintf(stderr, "%s: %s\n", to_string(shape.problem).c_str(), error.what());
            failed = true;
            break;
        }
        for (const Absent &absent : cases.back().absent) failed |= absent.differs;
        record["cases"].push_back(to_json(cases.back()));
        record["complete"] = cases.size() == shapes.size();
        write_whole_file(arguments[2], record.dump(1) + "\n");
    }
    std::printf("%s\n%s\n%s", times_table(cases).c_str(), peers_table(cases).c_str(), summary_text(cases).c_str());
    if (!cases.empty()) std::printf("wrote %s\n", arguments[2].c_str());
    return failed ? kFailed : kDone;
}

} // namespace

int bench(const std::vector<std::string> &arguments, const TorchCalls *torch) {
    const auto complain = [&](const std::exception &error, ExitStatus status) {
        std::fprintf(stderr, "normforge-gpu-bench: %s\n%s", error.what(), status == kUsage ? kUsageText : "");
        return status;
    };
    try {
        return run(arguments, torch);
    } catch (const NoDevice &error) {
        return complain(error, kNoDevice);
    } catch (const UsageError &error) {
        return complain(error, kUsage);
    } catch (const std::exception &error) {
        return complain(error, kFailed);
    }
}

} // namespace normforge::gpu_check
