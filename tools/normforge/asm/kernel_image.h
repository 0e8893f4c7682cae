// SPDX-License-Identifier: MIT
// The table of a kernel set as its library file has it, without dlopen(): also of libraries that this machine cannot run.
#pragma once

#include <cstdint>
#include <normforge/kernel_table.h>
#include <string>
#include <vector>

namespace normforge::assembly {

class KernelImage {
public:
    /// Reads lib<set>.so. Throws std::runtime_error if it is no kernel set that this version understands.
    explicit KernelImage(const std::string &path);
    KernelImage(const KernelImage &) = delete; // pointers lead into the image
    KernelImage &operator=(const KernelImage &) = delete;

    /// Names, roles and parameters are there; `run` points to code that must not be called.
    const nf_kernel_table &table() const { return *table_; }
    /// The entry with this name, null if there is none.
    const nf_kernel *find(const std::string &name) const;

private:
    std::vector<uint8_t> memory_; ///< the file's segments, as they would be loaded
    const nf_kernel_table *table_ = nullptr;
};

} // namespace normforge::assembly
