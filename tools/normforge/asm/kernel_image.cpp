// SPDX-License-Identifier: MIT
// Does what a dynamic loader does, for data: lays the segments out and makes their pointers lead to one another. Structures
// are the same on every 64-bit architecture that is understood.
#include "tools/normforge/asm/kernel_image.h"

#include "tools/normforge/asm/elf_reader.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::assembly {

namespace {

constexpr const char *kTablePrefix = "nf_kernels_";

std::vector<uint8_t> lay_out(const ElfReader &elf) {
    const auto segments = elf.records<Elf64_Phdr>(elf.header().e_phoff, elf.header().e_phnum);
    std::vector<uint8_t> memory;
    for (const Elf64_Phdr &segment : segments) {
        if (segment.p_type != PT_LOAD) continue;
        const uint8_t *from = elf.bytes(segment.p_offset, segment.p_filesz);
        constexpr uint64_t limit = uint64_t{1} << 30; // far above any kernel set
        if (segment.p_vaddr > limit || segment.p_memsz > limit || segment.p_filesz > segment.p_memsz)
            elf.fail("has a segment that cannot be loaded");
        memory.resize(std::max<size_t>(memory.size(), segment.p_vaddr + segment.p_memsz));
        std::copy_n(from, segment.p_filesz, memory.begin() + static_cast<std::ptrdiff_t>(segment.p_vaddr));
    }
    return memory;
}

/// Turns offsets in the library into pointers into `memory`.
void relocate(const ElfReader &elf, std::vector<uint8_t> &memory) {
    const auto begin = reinterpret_cast<uint64_t>(memory.data());
    for (const Elf64_Shdr &section : elf.sections()) {
        if (section.sh_type != SHT_RELA || !(section.sh_flags & SHF_ALLOC)) continue;
        for (const auto &entry : elf.records<Elf64_Rela>(section.sh_offset, section.sh_size / sizeof(Elf64_Rela))) {
            if (ELF64_R_TYPE(entry.r_info) != elf.architecture().relative_relocation) continue;
            const uint64_t pointer = begin + static_cast<uint64_t>(entry.r_addend);
            if (memory.size() < sizeof pointer || entry.r_offset > memory.size() - sizeof pointer ||
                static_cast<uint64_t>(entry.r_addend) >= memory.size())
                elf.fail("has a pointer that leads outside");
            std::memcpy(memory.data() + entry.r_offset, &pointer, sizeof pointer);
        }
    }
}

} // namespace

KernelImage::KernelImage(const std::string &path) {
    const std::vector<uint8_t> contents = read_file(path);
    const ElfReader elf(path, contents);
    memory_ = lay_out(elf);
    relocate(elf, memory_);
    elf.for_each_symbol([&](const std::string &name, const Elf64_Sym &symbol) {
        if (ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT || name.rfind(kTablePrefix, 0) != 0) return;
        if (symbol.st_size != sizeof(nf_kernel_table) || symbol.st_value > memory_.size() - sizeof(nf_kernel_table)) return;
        table_ = reinterpret_cast<const nf_kernel_table *>(memory_.data() + symbol.st_value);
    });
    if (!table_) elf.fail(fmt::format("is not a kernel set: it defines no {}<set>", kTablePrefix));
    if (table_->version != NF_KERNEL_TABLE_VERSION || table_->entry_size != sizeof(nf_kernel))
        elf.fail(fmt::format("has kernel table version {}, expected {}; generate it again with this normforge",
                             table_->version, NF_KERNEL_TABLE_VERSION));
}

const nf_kernel *KernelImage::find(const std::string &name) const {
    const nf_kernel *end = table_->kernels + table_->kernel_count;
    const nf_kernel *found =
        std::find_if(table_->kernels, end, [&](const nf_kernel &kernel) { return name == kernel.name; });
    return found == end ? nullptr : found;
}

} // namespace normforge::assembly
