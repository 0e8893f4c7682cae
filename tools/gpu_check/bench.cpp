// SPDX-License-Identifier: MIT
// Times plans for CUDA against a device-to-device copy of the same bytes, in one run: bench LIBRARY RECORD PROBLEM...
// LIBRARY is a kernel set's .so with kernels for cuda-80. For each problem string, without `device`, a line and an entry of
// RECORD, a JSON file: the median of interleaved repetitions, between events, with a cold cache (a large buffer is written
// before each) and warm. The copy moves as many bytes as the least traffic that a layer needs without a cache: 3 tensors
// forward, 5 backward.
#include "runtime/device/driver_library.h"
#include "runtime/problem.h"
#include "runtime/symbol.h"
#include "tests/support/cuda_operands.h"
#include "tests/support/number.h"
#include "tests/support/operands.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <dlfcn.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <normforge/kernel_table.h>
#include <stdexcept>

namespace {

using namespace normforge;
using namespace normforge::testing;

constexpr int kRepetitions = 31;
constexpr size_t kFlushBytes = size_t{256} << 20; // several times the largest L2 cache

void require(int result, const char *call) {
    if (result) throw std::runtime_error(std::string(call) + " returned " + std::to_string(result) + ": " + nf_last_error());
}

struct Driver {
    int (*create)(void **, unsigned) = nullptr;
    int (*record)(void *, void *) = nullptr;
    int (*wait)(void *) = nullptr;
    int (*elapsed)(float *, void *, void *) = nullptr;
    int (*allocate)(uint64_t *, size_t) = nullptr;
    int (*release)(uint64_t) = nullptr;
    int (*copy)(uint64_t, uint64_t, size_t, void *) = nullptr;
    int (*set)(uint64_t, unsigned char, size_t, void *) = nullptr;
    int (*name)(char *, int, int) = nullptr;

    Driver() {
        DriverLibrary library("libcuda.so.1");
        library.find(create, "cuEventCreate");
        library.find(record, "cuEventRecord");
        library.find(wait, "cuEventSynchronize");
        library.find(elapsed, "cuEventElapsedTime");
        library.find(allocate, "cuMemAlloc_v2");
        library.find(release, "cuMemFree_v2");
        library.find(copy, "cuMemcpyDtoDAsync_v2");
        library.find(set, "cuMemsetD8Async");
        library.find(name, "cuDeviceGetName");
        if (!library.reason().empty()) throw std::runtime_error("CUDA: " + library.reason());
    }
};

/// Memory of the device, not initialised.
class Memory {
public:
    Memory(const Driver &driver, size_t bytes) : driver_(driver) { require(driver.allocate(&address, bytes), "cuMemAlloc"); }
    ~Memory() { driver_.release(address); }
    Memory(const Memory &) = delete;
    Memory &operator=(const Memory &) = delete;

    uint64_t address = 0;

private:
    const Driver &driver_;
};

size_t tensor_bytes(const nf_description &d) {
    const CanonicalTensor x = canonicalise(d.x, d.x, d.axis);
    return static_cast<size_t>(x.span() * precision_of(d.x.dtype).bytes);
}

/// All operands of a call, each number of the same small positive value: what kernels do does not depend on values.
class Operands {
public:
    Operands(const Driver &driver, const nf_description &d, size_t workspace_bytes) {
        require(nf_tensors_init(&call), "nf_tensors_init");
        const int64_t channels = canonicalise(d.x, d.x, d.axis).shape.c;
        for (const OperandRow &row : kOperands) {
            const Access access = access_of(row, d);
            if (access == Access::none || access == Access::ignored) continue;
            const bool tensor = row.kind == OperandKind::tensor;
            const auto bytes = static_cast<size_t>(channels) * 3 * sizeof(double);
            row.set(call, allocate(driver, tensor ? tensor_bytes(d) : bytes), channels);
        }
        call.workspace = allocate(driver, std::max<size_t>(workspace_bytes, 1));
        call.workspace_size = workspace_bytes;
    }

    nf_tensors call{};

private:
    void *allocate(const Driver &driver, size_t bytes) {
        constexpr unsigned char kSmall = 0x3c;
        memory_.emplace_back(driver, bytes);
        require(driver.set(memory_.back().address, kSmall, bytes, nullptr), "cuMemsetD8Async");
        return reinterpret_cast<void *>(memory_.back().address);
    }

    std::deque<Memory> memory_;
};

class Stopwatch {
public:
    explicit Stopwatch(const Driver &driver) : driver_(driver), flushed_(driver, kFlushBytes) {
        require(driver.create(&begin_, 0), "cuEventCreate");
        require(driver.create(&end_, 0), "cuEventCreate");
    }

    /// Milliseconds of what `work` launches on the default stream.
    template <typename Work>
    double time(bool cold, Work work) {
        if (cold) require(driver_.set(flushed_.address, 1, kFlushBytes, nullptr), "cuMemsetD8Async");
        require(driver_.record(begin_, nullptr), "cuEventRecord");
        work();
        require(driver_.record(end_, nullptr), "cuEventRecord");
        require(driver_.wait(end_), "cuEventSynchronize");
        float milliseconds = 0;
        require(driver_.elapsed(&milliseconds, begin_, end_), "cuEventElapsedTime");
        return milliseconds;
    }

private:
    const Driver &driver_;
    Memory flushed_;
    void *begin_ = nullptr, *end_ = nullptr;
};

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

nlohmann::json measure(const Driver &driver, Stopwatch &watch, const std::string &text) {
    Problem problem = parse_problem(text);
    problem.description.device = NF_DEVICE_CUDA;
    nf_plan *plan = nullptr;
    require(nf_plan_create(&problem.description, &plan), "nf_plan_create");
    const Operands operands(driver, problem.description, nf_plan_workspace_size(plan));
    const size_t tensor = tensor_bytes(problem.description);
    const bool forward = problem.description.op <= NF_FORWARD_INFERENCE;
    const size_t tensors = problem.description.op == NF_FORWARD_INFERENCE ? 2 : forward ? 3 : 5;
    const Memory source(driver, tensor * tensors / 2), target(driver, tensor * tensors / 2);
    nlohmann::json entry = {
        {"problem", text}, {"variant", nf_plan_variant(plan)}, {"tensor_bytes", tensor}, {"tensors", tensors}};
    for (const bool cold : {true, false}) {
        std::vector<double> ours, copies;
        for (int i = 0; i < kRepetitions; ++i) {
            ours.push_back(watch.time(cold, [&] { require(nf_plan_execute(plan, &operands.call), "nf_plan_execute"); }));
            copies.push_back(watch.time(cold, [&] {
                require(driver.copy(target.address, source.address, tensor * tensors / 2, nullptr), "cuMemcpyDtoDAsync");
            }));
        }
        const double our_time = median(ours), copy_time = median(copies);
        entry[cold ? "cold" : "warm"] = {{"ms", our_time}, {"copy_ms", copy_time}, {"times_copy", our_time / copy_time}};
    }
    nf_plan_destroy(plan);
    std::printf("%-48s cold %7.3f ms, %5.2f times a copy of %zu tensors; warm %7.3f ms, %5.2f times\n", text.c_str(),
                entry["cold"]["ms"].get<double>(), entry["cold"]["times_copy"].get<double>(), tensors,
                entry["warm"]["ms"].get<double>(), entry["warm"]["times_copy"].get<double>());
    return entry;
}

void register_library(const std::string &path) {
    void *const library = dlopen(path.c_str(), RTLD_NOW);
    if (!library) throw std::runtime_error(dlerror());
    std::string set = path.substr(path.rfind('/') + 1); // lib<set>.so
    set = set.substr(3, set.rfind('.') - 3);
    const auto *const table = static_cast<const nf_kernel_table *>(dlsym(library, ("nf_kernels_" + set).c_str()));
    if (!table) throw std::runtime_error(path + " holds no kernel set " + set);
    require(nf_register(table), "nf_register");
}

void run(const std::vector<std::string> &arguments) {
    if (arguments.size() < 4) throw std::runtime_error("expected LIBRARY RECORD PROBLEM...");
    register_library(arguments[1]);
    use_cuda_device();
    const Driver driver;
    Stopwatch watch(driver);
    char name[128] = "";
    require(driver.name(name, sizeof name, 0), "cuDeviceGetName");
    nlohmann::json record = {{"device", name}, {"repetitions", kRepetitions}, {"problems", nlohmann::json::array()}};
    for (size_t i = 3; i < arguments.size(); ++i) record["problems"].push_back(measure(driver, watch, arguments[i]));
    std::ofstream file(arguments[2]);
    file << record.dump(1) << '\n';
    if (!file.flush()) throw std::runtime_error(arguments[2] + " cannot be written");
}

} // namespace

int main(int argc, char **argv) {
    try {
        run({argv, argv + argc});
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
}
