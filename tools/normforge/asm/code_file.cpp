// SPDX-License-Identifier: MIT
// ELF: section headers, the symbol table, the bytes of functions.
#include "tools/normforge/asm/code_file.h"

#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace normforge::assembly {

namespace {

class ElfReader {
public:
    ElfReader(const std::string &path, const std::vector<uint8_t> &contents) : path_(path), contents_(contents) {}

    /// `count` records of type T that lie at an offset of the file.
    template <class T>
    std::vector<T> records(uint64_t offset, uint64_t count) const {
        std::vector<T> result(count);
        if (count) std::memcpy(result.data(), bytes(offset, count * sizeof(T)), count * sizeof(T));
        return result;
    }

    const uint8_t *bytes(uint64_t offset, uint64_t size) const {
        if (offset > contents_.size() || size > contents_.size() - offset) fail("is cut off");
        return contents_.data() + offset;
    }

    std::string text(const Elf64_Shdr &strings, uint64_t offset) const {
        if (offset >= strings.sh_size) fail("has a symbol without a name");
        const auto *begin = reinterpret_cast<const char *>(bytes(strings.sh_offset, strings.sh_size)) + offset;
        return {begin, strnlen(begin, strings.sh_size - offset)};
    }

    [[noreturn]] void fail(const std::string &what) const { throw std::runtime_error(fmt::format("{}: {}", path_, what)); }

private:
    const std::string &path_;
    const std::vector<uint8_t> &contents_;
};

std::vector<uint8_t> read_file(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("{}: cannot be read", path));
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

CodeFile::CodeFile(const std::string &path) : path_(path), contents_(read_file(path)) {
    const ElfReader elf(path_, contents_);
    const auto header = elf.records<Elf64_Ehdr>(0, 1).front();
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
        elf.fail("is no 64-bit ELF file");
    if (header.e_machine != EM_X86_64)
        elf.fail("holds code for another architecture than x86-64, the one that is understood");
    const auto sections = elf.records<Elf64_Shdr>(header.e_shoff, header.e_shnum);
    for (const Elf64_Shdr &table : sections) {
        if (table.sh_type != SHT_SYMTAB || table.sh_link >= sections.size()) continue;
        for (const auto &symbol : elf.records<Elf64_Sym>(table.sh_offset, table.sh_size / sizeof(Elf64_Sym))) {
            if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx >= sections.size() || !symbol.st_size) continue;
            const Elf64_Shdr &code = sections[symbol.st_shndx];
            const uint64_t offset = code.sh_offset + (symbol.st_value - code.sh_addr);
            FunctionCode function{elf.text(sections[table.sh_link], symbol.st_name), symbol.st_value,
                                  elf.bytes(offset, symbol.st_size), symbol.st_size};
            addresses_.emplace(function.name, function.address);
            functions_.emplace(function.address, std::move(function));
        }
    }
    if (functions_.empty()) elf.fail("has no symbols of functions; it was stripped");
}

const FunctionCode *CodeFile::at(uint64_t address) const {
    const auto found = functions_.find(address);
    return found == functions_.end() ? nullptr : &found->second;
}

const FunctionCode &CodeFile::named(const std::string &name) const {
    const auto found = addresses_.find(name);
    if (found == addresses_.end()) throw std::runtime_error(fmt::format("{}: has no function {}", path_, name));
    return functions_.at(found->second);
}

} // namespace normforge::assembly
