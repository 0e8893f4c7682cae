// SPDX-License-Identifier: MIT
// dlopen() of kernel sets: file name -> set name -> symbol nf_kernels_<set> -> nf_register().
#include "tools/normforge/common/kernel_library.h"

#include "runtime/cpu_features.h"
#include "tools/normforge/common/program_folder.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <normforge/kernel_table.h>
#include <stdexcept>

namespace normforge {

namespace {

namespace fs = std::filesystem;

/// "default" for "…/libdefault.so". Throws if the name has another form.
std::string set_of_file(const fs::path &file) {
    const std::string name = file.filename().string();
    if (name.size() > 6 && name.rfind("lib", 0) == 0 && file.extension() == ".so") return name.substr(3, name.size() - 6);
    throw std::runtime_error(fmt::format("{}: not the name of a kernel set; expected lib<set>.so", file.string()));
}

/// What an ELF file holds code for, as cpu_architecture() says it; "" if it is none, or for something else.
std::string_view architecture_of(const fs::path &file) {
    Elf64_Ehdr header{};
    std::ifstream(file, std::ios::binary).read(reinterpret_cast<char *>(&header), sizeof header);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "";
    return header.e_machine == EM_X86_64 ? "x86-64" : header.e_machine == EM_AARCH64 ? "arm-64" : "";
}

/// The file itself, or what lies in lib/ of a directory as `normforge gen` writes it. Throws if there is none.
std::vector<std::string> library_files(const std::string &file_or_directory) {
    if (!fs::is_directory(file_or_directory)) {
        if (!fs::exists(file_or_directory)) {
            throw std::runtime_error(fmt::format("{}: no such file; expected lib<set>.so or a directory that "
                                                 "`normforge gen` wrote",
                                                 file_or_directory));
        }
        return {file_or_directory};
    }
    const fs::path folder = fs::path(file_or_directory) / "lib";
    std::vector<std::string> files;
    if (fs::is_directory(folder)) {
        for (const auto &entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() == ".so") files.push_back(entry.path().string());
        }
    }
    if (files.empty()) {
        throw std::runtime_error(fmt::format("{}: holds no kernel set; expected lib/lib<set>.so in it", file_or_directory));
    }
    std::sort(files.begin(), files.end()); // the file system's order is not reproducible
    return files;
}

} // namespace

KernelLibrary load_kernel_library(const std::string &path) {
    const fs::path file = path;
    const std::string set = set_of_file(file);
    const std::string_view architecture = architecture_of(file);
    if (!architecture.empty() && architecture != cpu_architecture()) { // dlerror() would say "cannot open"
        throw std::runtime_error(
            fmt::format("{}: holds kernels for {}, expected {}, which this machine runs; `normforge verify "
                        "--target TARGET --runner 'CMD {{}}'` verifies for other machines",
                        file.string(), architecture, cpu_architecture()));
    }
    // An absolute path: dlopen() searches the system's folders for a name without a slash.
    void *library = dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(fmt::format("cannot load a kernel set: {}", dlerror()));
    const std::string symbol = "nf_kernels_" + set;
    const auto *table = static_cast<const nf_kernel_table *>(dlsym(library, symbol.c_str()));
    if (!table) throw std::runtime_error(fmt::format("{}: not a kernel set: it defines no {}", file.string(), symbol));
    if (table->version != NF_KERNEL_TABLE_VERSION) {
        throw std::runtime_error(
            fmt::format("{}: kernel table version {}, expected {}; generate it again with this normforge", file.string(),
                        table->version, NF_KERNEL_TABLE_VERSION));
    }
    const nf_status status = nf_register(table);
    if (status != NF_SUCCESS) {
        throw std::runtime_error(fmt::format("{}: {}: {}", file.string(), nf_status_string(status), nf_last_error()));
    }
    return {file.string(), table->set, table->kernel_count};
}

std::string default_kernel_library() {
    return (program_folder() / "lib" / "normforge" / "libdefault.so").string();
}

CLI::Option *KernelOptions::add_to(CLI::App &verb) {
    return verb
        .add_option("--kernels", paths_,
                    "Kernel sets, preferred first: lib<set>.so, or a directory that `normforge gen` wrote\n"
                    "(default: the set installed with this program)")
        ->allow_extra_args(false) // one value per --kernels, so that a PROBLEM may follow
        ->type_name("FILE-OR-DIR");
}

std::vector<std::string> KernelOptions::files() const {
    std::vector<std::string> all;
    for (const auto &path : paths_.empty() ? std::vector<std::string>{default_kernel_library()} : paths_) {
        const auto files = library_files(path);
        all.insert(all.end(), files.begin(), files.end());
    }
    return all;
}

std::vector<KernelLibrary> KernelOptions::load() const {
    std::vector<KernelLibrary> libraries;
    const auto all = files();
    std::transform(all.begin(), all.end(), std::back_inserter(libraries), load_kernel_library);
    return libraries;
}

} // namespace normforge
