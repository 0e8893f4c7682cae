// SPDX-License-Identifier: MIT
// One child process per kernel, then the C compiler and binutils. All kernels of a set become one relocatable
// object whose only global symbol is the table, so that two sets in one program cannot clash.
#include "generators/emit/library.h"

#include "generators/emit/package.h"
#include "generators/emit/registry.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace normforge {

namespace fs = std::filesystem;

namespace {

/// A directory inside the destination, so that finished files can be renamed into place; removed at the end, and with it a
/// destination that stayed empty.
class WorkDirectory {
public:
    explicit WorkDirectory(const fs::path &parent) : parent_(parent) {
        fs::create_directories(parent);
        std::string pattern = (parent / "gen-XXXXXX").string();
        if (!mkdtemp(pattern.data())) throw std::runtime_error(parent.string() + ": cannot be written");
        path = pattern;
    }
    ~WorkDirectory() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
        fs::remove(parent_, ignored); // succeeds only where it is empty
    }
    WorkDirectory(const WorkDirectory &) = delete;
    WorkDirectory &operator=(const WorkDirectory &) = delete;

    fs::path path;

private:
    fs::path parent_;
};

CompiledVariant compile(const VariantRequest &request, const fs::path &object, const LibraryOptions &options) {
    nlohmann::json facts = nlohmann::json::parse(
        run({options.compiler, "--symbol", request.symbol, "--object", object.string(), "--parameters", request.parameters},
            options.limits));
    return {facts.at("symbol"),       facts.at("parameters"),       request.origin,        facts.at("arguments"),
            facts.at("channel_step"), facts.at("streaming_stores"), facts.at("code_size"), facts.at("shared_bytes")};
}

/// Compiles every variant to WORK/<index>.o, `jobs` at a time; stops at the first failure.
std::vector<CompiledVariant> compile_all(const KernelSet &set, const fs::path &work, const LibraryOptions &options) {
    std::vector<CompiledVariant> compiled(set.variants.size());
    std::mutex mutex;
    size_t next = 0, done = 0;
    std::exception_ptr failure;
    auto worker = [&] {
        std::unique_lock<std::mutex> lock(mutex);
        while (next < set.variants.size() && !failure) {
            size_t i = next++;
            lock.unlock();
            std::exception_ptr failed;
            try {
                compiled[i] = compile(set.variants[i], work / (std::to_string(i) + ".o"), options);
            } catch (...) {
                failed = std::current_exception();
            }
            lock.lock();
            if (failed)
                failure = failed;
            else if (options.progress)
                options.progress(++done, set.variants[i].symbol);
        }
    };
    size_t jobs = std::min(static_cast<size_t>(options.jobs), set.variants.size());
    std::vector<std::future<void>> running;
    for (size_t i = 0; i < jobs; i++) running.push_back(std::async(std::launch::async, worker));
    for (std::future<void> &worker_done : running) worker_done.get();
    if (failure) std::rethrow_exception(failure);
    return compiled;
}

/// Names of the targets, separated by spaces, in the order of the set.
std::string targets_of(const KernelSet &set) {
    std::string text;
    std::set<std::string> seen;
    for (const VariantRequest &variant : set.variants) {
        const std::string target = parse_symbol(variant.symbol).target;
        if (seen.insert(target).second) text += (text.empty() ? "" : " ") + target;
    }
    return text;
}

void write_file(const fs::path &path, const std::string &text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw std::runtime_error(path.string() + ": cannot be written");
}

void move_into_place(const fs::path &from, const fs::path &to) {
    fs::create_directories(to.parent_path());
    fs::rename(from, to);
}

} // namespace

std::vector<CompiledVariant> build_library(const KernelSet &set, const LibraryOptions &options) {
    fs::path directory(options.directory);
    WorkDirectory work(directory);
    std::vector<CompiledVariant> compiled = compile_all(set, work.path, options);

    auto at = [&](const std::string &name) { return (work.path / name).string(); };
    auto run_tool = [&](const std::vector<std::string> &command) { run(command, options.limits); };
    const Toolchain &tools = options.toolchain;
    write_file(at("registry.c"), registry_source(set.name, compiled));
    run_tool({tools.compiler, "-std=c99", "-O2", "-fPIC", "-I", options.include_directory, "-c", at("registry.c"), "-o",
              at("registry.o")});

    std::vector<std::string> link = {tools.linker, "-r", "-o", at("all.o"), at("registry.o")};
    for (size_t i = 0; i < compiled.size(); i++) link.push_back(at(std::to_string(i) + ".o"));
    run_tool(link);
    std::string library = "lib" + set.name, object = set.name + ".o";
    run_tool({tools.objcopy, "--keep-global-symbol=nf_kernels_" + set.name, at("all.o"), at(object)});
    run_tool({tools.archiver, "rcsD", at(library + ".a"), at(object)});
    run_tool({tools.compiler, "-shared", "-Wl,-soname," + library + ".so", "-Wl,-z,noexecstack", "-o", at(library + ".so"),
              at(object)});
    write_file(at(set.name + ".h"), registry_header(set.name));
    write_file(at(set.name + ".json"), manifest(set.name, compiled));
    const std::string package = "normforge_kernels_" + set.name, config = package + "Config.cmake";
    const std::string module = "normforge-kernels-" + set.name + ".pc";
    write_file(at(config), cmake_package(set.name));
    write_file(at(module), pkg_config_module(set.name, targets_of(set)));

    for (const char *ending : {".a", ".so"}) move_into_place(at(library + ending), directory / "lib" / (library + ending));
    move_into_place(at(set.name + ".h"), directory / "include" / (set.name + ".h"));
    move_into_place(at(config), directory / "lib/cmake" / package / config);
    move_into_place(at(module), directory / "lib/pkgconfig" / module);
    move_into_place(at(set.name + ".json"), directory / (set.name + ".json"));
    return compiled;
}

} // namespace normforge
