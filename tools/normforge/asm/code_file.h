// SPDX-License-Identifier: MIT
// The functions inside a kernel set: what the symbol table of lib<set>.so says, local symbols included.
#pragma once

#include "tools/normforge/asm/architecture.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace normforge::assembly {

struct FunctionCode {
    std::string name;
    uint64_t address = 0; ///< as linked
    const uint8_t *bytes = nullptr;
    size_t size = 0;
};

class CodeFile {
public:
    /// Reads an ELF file. Throws std::runtime_error if it is none, holds code for an architecture that is not understood, or
    /// if its symbols were stripped.
    explicit CodeFile(const std::string &path);
    CodeFile(const CodeFile &) = delete; // functions point into the contents
    CodeFile &operator=(const CodeFile &) = delete;

    const std::string &path() const { return path_; }
    const Architecture &architecture() const { return *architecture_; }

    /// The function that begins at an address, null if none does.
    const FunctionCode *at(uint64_t address) const;

    /// The function with this name. Throws std::runtime_error if there is none.
    const FunctionCode &named(const std::string &name) const;

private:
    std::string path_;
    const Architecture *architecture_;
    std::vector<uint8_t> contents_;
    std::map<uint64_t, FunctionCode> functions_;
    std::map<std::string, uint64_t> addresses_;
};

} // namespace normforge::assembly
