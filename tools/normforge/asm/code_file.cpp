// SPDX-License-Identifier: MIT
// The symbol table, and the bytes of functions.
#include "tools/normforge/asm/code_file.h"

#include "tools/normforge/asm/elf_reader.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge::assembly {

CodeFile::CodeFile(const std::string &path) : path_(path), contents_(read_file(path)) {
    const ElfReader elf(path_, contents_);
    architecture_ = &elf.architecture();
    elf.for_each_symbol([&](const std::string &name, const Elf64_Sym &symbol) {
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx >= elf.sections().size() || !symbol.st_size) return;
        const Elf64_Shdr &code = elf.sections()[symbol.st_shndx];
        const uint64_t offset = code.sh_offset + (symbol.st_value - code.sh_addr);
        addresses_.emplace(name, symbol.st_value);
        functions_.emplace(symbol.st_value,
                           FunctionCode{name, symbol.st_value, elf.bytes(offset, symbol.st_size), symbol.st_size});
    });
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
