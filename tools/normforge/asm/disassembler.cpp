// SPDX-License-Identifier: MIT
// LLVM's disassembler, and a reader of its Intel syntax.
#include "tools/normforge/asm/instruction.h"

#include <array>
#include <fmt/format.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

namespace normforge::assembly {

namespace {

LLVMDisasmContextRef disassembler() {
    static const std::unique_ptr<void, decltype(&LLVMDisasmDispose)> context(
        [] {
            LLVMInitializeX86TargetInfo();
            LLVMInitializeX86TargetMC();
            LLVMInitializeX86Disassembler();
            LLVMDisasmContextRef created = LLVMCreateDisasm("x86_64-linux", nullptr, 0, nullptr, nullptr);
            if (!created) throw std::runtime_error("LLVM has no disassembler for x86-64");
            LLVMSetDisasmOptions(created, LLVMDisassembler_Option_AsmPrinterVariant);
            return created;
        }(),
        LLVMDisasmDispose);
    return context.get();
}

struct Register {
    int number, bytes;
};

const std::unordered_map<std::string_view, Register> &general_registers() {
    static const auto table = [] {
        std::unordered_map<std::string_view, Register> made;
        static const std::array<std::array<const char *, 4>, 8> old = {{{"rax", "eax", "ax", "al"},
                                                                        {"rcx", "ecx", "cx", "cl"},
                                                                        {"rdx", "edx", "dx", "dl"},
                                                                        {"rbx", "ebx", "bx", "bl"},
                                                                        {"rsp", "esp", "sp", "spl"},
                                                                        {"rbp", "ebp", "bp", "bpl"},
                                                                        {"rsi", "esi", "si", "sil"},
                                                                        {"rdi", "edi", "di", "dil"}}};
        for (int number = 0; number < 8; number++)
            for (int narrow = 0; narrow < 4; narrow++) made[old[number][narrow]] = {number, 8 >> narrow};
        static const std::array<const char *, 4> high = {"ah", "ch", "dh", "bh"};
        for (int number = 0; number < 4; number++) made[high[number]] = {number, 1};
        static std::array<std::string, 32> names;
        static const std::array<const char *, 4> suffixes = {"", "d", "w", "b"};
        for (int number = 8; number < 16; number++)
            for (int narrow = 0; narrow < 4; narrow++) {
                std::string &name = names[(number - 8) * 4 + narrow];
                name = "r" + std::to_string(number) + suffixes[narrow];
                made[name] = {number, 8 >> narrow};
            }
        made["rip"] = {kRip, 8};
        return made;
    }();
    return table;
}

bool starts(std::string_view text, std::string_view part) {
    return text.substr(0, part.size()) == part;
}

int64_t number(std::string_view text) {
    return static_cast<int64_t>(std::stoll(std::string(text), nullptr, 0));
}

bool is_number(std::string_view text) {
    return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '-');
}

/// kNoRegister for the vector registers that gathers have in addresses.
int address_register(std::string_view name) {
    const auto found = general_registers().find(name);
    return found == general_registers().end() ? +kNoRegister : found->second.number;
}

/// "rsi + 4*r8 - 64"
MemoryOperand read_address(std::string_view text) {
    MemoryOperand memory;
    bool negative = false;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (word == "+" || word == "-") {
            negative = word == "-";
        } else if (const size_t star = word.find('*'); star != std::string_view::npos) {
            memory.scale = static_cast<int>(number(word.substr(0, star)));
            memory.index = address_register(word.substr(star + 1));
        } else if (is_number(word)) {
            memory.displacement = negative ? -number(word) : number(word);
        } else {
            (memory.base == kNoRegister ? memory.base : memory.index) = address_register(word);
        }
    }
    return memory;
}

/// Bytes of "dword ptr" and the like, 0 if there is none.
int pointer_bytes(std::string_view text) {
    static constexpr std::pair<const char *, int> sizes[] = {{"byte", 1},     {"word", 2},     {"dword", 4},   {"qword", 8},
                                                             {"xmmword", 16}, {"ymmword", 32}, {"zmmword", 64}};
    for (const auto &[word, bytes] : sizes)
        if (starts(text, std::string(word) + " ptr ")) return bytes;
    return 0;
}

Operand read_register(std::string_view name) {
    Operand operand;
    if (name.size() > 3 && name.substr(1, 2) == "mm" && name[0] >= 'x' && name[0] <= 'z')
        operand = {Operand::Kind::Vector, static_cast<int>(number(name.substr(3))), 16 << (name[0] - 'x'), 0, 0};
    else if (name.size() == 2 && name[0] == 'k')
        operand = {Operand::Kind::Mask, name[1] - '0', 8, 0, 0};
    else if (const auto found = general_registers().find(name); found != general_registers().end())
        operand = {Operand::Kind::General, found->second.number, found->second.bytes, 0, 0};
    return operand;
}

void read_operand(std::string_view text, Instruction &instruction) {
    Operand operand;
    if (const size_t open = text.find('['); open != std::string_view::npos) {
        const size_t close = text.find(']');
        MemoryOperand memory = read_address(text.substr(open + 1, close - open - 1));
        memory.bytes = pointer_bytes(text);
        memory.broadcast = text.find("{1to") != std::string_view::npos;
        operand.kind = Operand::Kind::Memory;
        instruction.memory = memory;
        instruction.accesses_memory = !instruction.is("lea") && !instruction.is("nop") && !instruction.starts("prefetch");
    } else if (is_number(text)) {
        operand.kind = Operand::Kind::Immediate;
        operand.value = number(text);
    } else {
        operand = read_register(text.substr(0, text.find(' ')));
    }
    if (const size_t mask = text.find("{k"); mask != std::string_view::npos) operand.mask = text[mask + 2] - '0';
    instruction.operands.push_back(operand);
}

/// Reads "\tvaddps\tzmm0, zmm1, zmmword ptr [rax]" into the instruction.
void read(std::string_view text, Instruction &instruction) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of("\t ")));
    const size_t end = std::min(text.size(), text.find_first_of("\t "));
    instruction.mnemonic = text.substr(0, end);
    std::string_view operands = text.substr(std::min(text.size(), end + 1));
    instruction.text = fmt::format("{:<12} {}", instruction.mnemonic, operands);
    while (!operands.empty()) {
        const size_t comma = std::min(operands.size(), operands.find(", "));
        read_operand(operands.substr(0, comma), instruction);
        operands.remove_prefix(std::min(operands.size(), comma + 2));
    }
    const bool direct = instruction.operands.size() == 1 && instruction.operands[0].kind == Operand::Kind::Immediate;
    if (direct && (instruction.is_jump() || instruction.is_call())) {
        instruction.target = instruction.address + instruction.size + static_cast<uint64_t>(instruction.operands[0].value);
        instruction.text = fmt::format("{:<12} {:x}", instruction.mnemonic, *instruction.target);
    }
}

} // namespace

std::vector<Instruction> disassemble(const FunctionCode &function) {
    std::vector<Instruction> instructions;
    for (size_t at = 0; at < function.size;) {
        std::array<char, 256> text;
        Instruction instruction;
        instruction.address = function.address + at;
        auto *bytes = const_cast<uint8_t *>(function.bytes + at); // LLVM's interface; it only reads
        instruction.size =
            LLVMDisasmInstruction(disassembler(), bytes, function.size - at, instruction.address, text.data(), text.size());
        if (instruction.size == 0) throw std::runtime_error(fmt::format("{}+{:#x}: not an instruction", function.name, at));
        read(text.data(), instruction);
        at += instruction.size;
        instructions.push_back(std::move(instruction));
    }
    return instructions;
}

} // namespace normforge::assembly
