// SPDX-License-Identifier: MIT
// See bench.h: the command line and the loop over cases. The record is written after each of them, so that a run that is cut
// short leaves one.
#include "tools/gpu_check/bench.h"

#include "tools/gpu_check/measure.h"
#include "tools/gpu_check/record.h"
#include "tools/normforge/common/whole_file.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <dlfcn.h>
#include <limits>
#include <normforge/kernel_table.h>

namespace normforge::gpu_check {

namespace {

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
    nlohmann::json record = begin_record(torch, watch);
    std::vector<Case> cases;
    bool failed = false;
    const auto begin = std::chrono::steady_clock::now();
    for (const ShapeLine &shape : shapes) {
        if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() > seconds) {
            std::fprintf(stderr, "%zu of %zu cases measured: out of time\n", cases.size(), shapes.size());
            break;
        }
        try {
            cases.push_back(measure(shape.problem, watch, torch));
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
