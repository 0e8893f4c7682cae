// SPDX-License-Identifier: MIT
// One folder per candidate; threads that take the next one.
#include "tools/normforge/tune/candidates.h"

#include "generators/kernel_sets/from_problems.h"
#include "tools/normforge/tune/environment.h"
#include "tools/normforge/tune/interrupt.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <stdexcept>

namespace normforge {

namespace fs = std::filesystem;

namespace {

constexpr const char *kSet = "candidate";
constexpr const char *kDefaults = "defaults";

std::string new_folder() {
    std::string pattern = (fs::temp_directory_path() / "normforge-tune-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error(fs::temp_directory_path().string() + ": cannot be written");
    return pattern;
}

} // namespace

Candidates::Candidates(const MainKernel &kernel, const Space &space, LibraryOptions options, Deadline end)
    : kernel_(kernel), space_(space), options_(std::move(options)), end_(end), folder_(new_folder()) {
    options_.limits.given_up = [end] { return interrupted() || is_over(end); };
}

Candidates::~Candidates() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

BuiltCandidate Candidates::build_one(const Point &point, size_t number) const {
    VariantName kernel = kernel_.specialised;
    kernel.store = space_.store(point);
    BuiltCandidate built = {point, format_symbol(kernel), "", "", Outcome::compile, "", 0};
    built.folder = (fs::path(folder_) / std::to_string(number)).string();
    LibraryOptions options = options_;
    options.directory = built.folder;
    options.jobs = 1;
    const auto start = std::chrono::steady_clock::now();
    try {
        if (options.limits.given_up()) throw OutOfTime();
        build_library({kSet, {{built.symbol, space_.parameters(point), kSet}}}, options);
        built.library = (fs::path(options.directory) / "lib" / (std::string("lib") + kSet + ".so")).string();
    } catch (const TimedOut &late) {
        built.failure = Outcome::timeout;
        built.error = std::string("compiling: ") + late.what();
    } catch (const OutOfMemory &large) {
        built.failure = Outcome::memory;
        built.error = std::string("compiling: ") + large.what();
    } catch (const std::exception &error) {
        stop_if_interrupted(); // Ctrl-C ended the compilers, too: their failures say nothing, nor does what the end did
        if (is_over(end_)) {
            built.failure = Outcome::timeout;
        } else {
            require_environment(options.directory, error);
            if (is_out_of_memory(error)) built.failure = Outcome::memory;
        }
        built.error = last_line(error.what());
    }
    built.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return built;
}

std::string Candidates::build_defaults(const Problem &problem) const {
    ProblemKernels kernels({kernel_.specialised.target}, [](const Problem &, const VariantName &, bool) {
        TunedChoice none;
        none.specialise = false;
        return std::optional(none);
    });
    kernels.add(problem);
    LibraryOptions options = options_;
    options.directory = (fs::path(folder_) / kDefaults).string();
    try {
        build_library(kernels.set(kDefaults), options);
    } catch (const std::runtime_error &error) {
        stop_if_interrupted();
        if (is_over(end_)) throw OutOfTime();
        require_environment(options.directory, error);
        throw;
    }
    return (fs::path(options.directory) / "lib" / (std::string("lib") + kDefaults + ".so")).string();
}

std::vector<BuiltCandidate> Candidates::build(const std::vector<Point> &points) {
    std::vector<BuiltCandidate> built(points.size());
    std::atomic<size_t> next = 0;
    const auto work = [&] {
        for (size_t i = next++; i < points.size() && !interrupted(); i = next++) built[i] = build_one(points[i], built_ + i);
    };
    std::vector<std::future<void>> workers;
    const size_t jobs = std::min(points.size(), static_cast<size_t>(options_.jobs));
    for (size_t i = 0; i < jobs; i++) workers.push_back(std::async(std::launch::async, work));
    for (auto &worker : workers) worker.get();
    built_ += points.size();
    stop_if_interrupted(); // the compilers were given up: their failures say nothing
    return built;
}

void Candidates::discard(const BuiltCandidate &built) {
    std::error_code ignored;
    fs::remove_all(built.folder, ignored);
}

} // namespace normforge
