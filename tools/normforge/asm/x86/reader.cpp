// SPDX-License-Identifier: MIT
// "vaddps zmm0, zmm1, zmmword ptr [rax + 8*rcx]" into mnemonic, registers and memory.
#include "tools/normforge/asm/reading.h"
#include "tools/normforge/asm/x86/x86.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace normforge::assembly::x86 {

namespace {

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

bool is_number(std::string_view text) {
    return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '-');
}

/// Gathers have vector registers in addresses.
int address_register(std::string_view name) {
    const auto found = general_registers().find(name);
    return found == general_registers().end() ? kOtherRegister : found->second.number;
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
            memory.scale = number(word.substr(0, star));
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
        operand =
            Operand::of_register(Operand::Kind::Vector, static_cast<int>(number(name.substr(3))), 16 << (name[0] - 'x'));
    else if (name.size() == 2 && name[0] == 'k')
        operand = Operand::of_register(Operand::Kind::Mask, name[1] - '0', 8);
    else if (const auto found = general_registers().find(name); found != general_registers().end())
        operand = Operand::of_register(Operand::Kind::General, found->second.number, found->second.bytes);
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

} // namespace

void read(std::string_view text, Instruction &instruction) {
    std::string_view operands = take_mnemonic(text, instruction);
    while (!operands.empty()) {
        const size_t comma = std::min(operands.size(), operands.find(", "));
        read_operand(operands.substr(0, comma), instruction);
        operands.remove_prefix(std::min(operands.size(), comma + 2));
    }
    note_facts(instruction);
    const uint64_t next = instruction.address + instruction.size;
    if (instruction.memory.base == kRip) {
        instruction.memory.base = kNoRegister;
        instruction.memory.displacement += static_cast<int64_t>(next);
    }
    const bool direct = instruction.operands.size() == 1 && instruction.operands[0].kind == Operand::Kind::Immediate;
    if (direct && (instruction.is_jump || instruction.is_call)) {
        instruction.target = next + static_cast<uint64_t>(instruction.operands[0].value);
        instruction.text = fmt::format("{:<12} {:x}", instruction.mnemonic, *instruction.target);
    }
}

} // namespace normforge::assembly::x86
