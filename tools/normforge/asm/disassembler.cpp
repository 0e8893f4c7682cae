// SPDX-License-Identifier: MIT
// LLVM's disassembler: one context per architecture, made when it is needed first.
#include "tools/normforge/asm/disassembler.h"

#include <algorithm>
#include <fmt/format.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>
#include <memory>
#include <stdexcept>

namespace normforge::assembly {

namespace {

using Context = std::unique_ptr<void, decltype(&LLVMDisasmDispose)>;

Context make_context(const Architecture &architecture) {
    LLVMInitializeAllTargetInfos();
    LLVMInitializeAllTargetMCs();
    LLVMInitializeAllDisassemblers();
    Context context(
        LLVMCreateDisasmCPUFeatures(architecture.triple, "", architecture.features, nullptr, 0, nullptr, nullptr),
        LLVMDisasmDispose);
    if (!context) throw std::runtime_error(fmt::format("LLVM has no disassembler for {}", architecture.name));
    if (architecture.print_option) LLVMSetDisasmOptions(context.get(), architecture.print_option);
    return context;
}

LLVMDisasmContextRef context_of(const Architecture &architecture) {
    static std::map<const Architecture *, Context> contexts;
    const auto found = contexts.find(&architecture);
    return (found != contexts.end() ? found : contexts.emplace(&architecture, make_context(architecture)).first)
        ->second.get();
}

} // namespace

std::vector<Instruction> disassemble(const Architecture &architecture, const FunctionCode &function) {
    std::vector<Instruction> instructions;
    for (size_t at = 0; at < function.size;) {
        std::array<char, 256> text;
        Instruction instruction;
        instruction.address = function.address + at;
        auto *bytes = const_cast<uint8_t *>(function.bytes + at); // LLVM's interface; it only reads
        instruction.size = LLVMDisasmInstruction(context_of(architecture), bytes, function.size - at, instruction.address,
                                                 text.data(), text.size());
        if (instruction.size == 0) throw std::runtime_error(fmt::format("{}+{:#x}: not an instruction", function.name, at));
        architecture.read(text.data(), instruction);
        at += instruction.size;
        instructions.push_back(std::move(instruction));
    }
    return instructions;
}

} // namespace normforge::assembly
