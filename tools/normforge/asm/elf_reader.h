// SPDX-License-Identifier: MIT
// The parts of a 64-bit ELF file. Whatever the file claims, reading stays inside it.
#pragma once

#include "tools/normforge/asm/architecture.h"

#include <cstring>
#include <elf.h>
#include <functional>

namespace normforge::assembly {

/// Throws std::runtime_error if it cannot be read.
std::vector<uint8_t> read_file(const std::string &path);

/// Path and contents must outlive it. Every function throws std::runtime_error that names the file if it is malformed.
class ElfReader {
public:
    /// Throws also if the file holds code for an architecture that is not understood.
    ElfReader(const std::string &path, const std::vector<uint8_t> &contents);

    const Architecture &architecture() const { return *architecture_; }
    const Elf64_Ehdr &header() const { return header_; }
    const std::vector<Elf64_Shdr> &sections() const { return sections_; }

    /// `count` records of type T that lie at an offset of the file.
    template <class T>
    std::vector<T> records(uint64_t offset, uint64_t count) const {
        bytes(offset, count <= contents_.size() ? count * sizeof(T) : contents_.size() + 1); // before memory is taken
        std::vector<T> result(count);
        if (count) std::memcpy(result.data(), bytes(offset, count * sizeof(T)), count * sizeof(T));
        return result;
    }

    const uint8_t *bytes(uint64_t offset, uint64_t size) const;

    /// The symbols of the full symbol table, local ones included.
    void for_each_symbol(const std::function<void(const std::string &name, const Elf64_Sym &symbol)> &take) const;

    [[noreturn]] void fail(const std::string &what) const;

private:
    std::string text(const Elf64_Shdr &strings, uint64_t offset) const;

    const std::string &path_;
    const std::vector<uint8_t> &contents_;
    const Architecture *architecture_ = nullptr;
    Elf64_Ehdr header_ = {};
    std::vector<Elf64_Shdr> sections_;
};

} // namespace normforge::assembly
