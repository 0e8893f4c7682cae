// SPDX-License-Identifier: MIT
// Headers, symbols and bytes of ELF files.
#include "tools/normforge/asm/elf_reader.h"

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace normforge::assembly {

std::vector<uint8_t> read_file(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("{}: cannot be read", path));
    return {std::istreambuf_iterator<char>(file), {}};
}

ElfReader::ElfReader(const std::string &path, const std::vector<uint8_t> &contents) : path_(path), contents_(contents) {
    header_ = records<Elf64_Ehdr>(0, 1).front();
    if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0 || header_.e_ident[EI_CLASS] != ELFCLASS64)
        fail("is no 64-bit ELF file");
    architecture_ = find_architecture(header_.e_machine);
    if (!architecture_) fail("holds code for another architecture than x86-64 and arm-64, which are understood");
    sections_ = records<Elf64_Shdr>(header_.e_shoff, header_.e_shnum);
}

const uint8_t *ElfReader::bytes(uint64_t offset, uint64_t size) const {
    if (offset > contents_.size() || size > contents_.size() - offset) fail("is cut off");
    return contents_.data() + offset;
}

void ElfReader::for_each_symbol(const std::function<void(const std::string &name, const Elf64_Sym &symbol)> &take) const {
    for (const Elf64_Shdr &table : sections_) {
        if (table.sh_type != SHT_SYMTAB || table.sh_link >= sections_.size()) continue;
        for (const auto &symbol : records<Elf64_Sym>(table.sh_offset, table.sh_size / sizeof(Elf64_Sym)))
            take(text(sections_[table.sh_link], symbol.st_name), symbol);
    }
}

void ElfReader::fail(const std::string &what) const {
    throw std::runtime_error(fmt::format("{}: {}", path_, what));
}

std::string ElfReader::text(const Elf64_Shdr &strings, uint64_t offset) const {
    if (offset >= strings.sh_size) fail("has a symbol without a name");
    const auto *begin = reinterpret_cast<const char *>(bytes(strings.sh_offset, strings.sh_size)) + offset;
    return {begin, strnlen(begin, strings.sh_size - offset)};
}

} // namespace normforge::assembly
