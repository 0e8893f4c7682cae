// SPDX-License-Identifier: MIT
// "ldp q0, q1, [x8, #32]" into mnemonic, registers and memory.
#include "tools/normforge/asm/arm/arm.h"
#include "tools/normforge/asm/reading.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace normforge::assembly::arm {

namespace {

/// Takes what stands before the next comma that is not in brackets.
std::string_view take_part(std::string_view &text) {
    int depth = 0;
    size_t end = 0;
    for (; end < text.size() && (depth > 0 || text[end] != ','); end++) {
        if (text[end] == '[' || text[end] == '{') depth++;
        if (text[end] == ']' || text[end] == '}') depth--;
    }
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
    return part.substr(0, part.find_last_not_of(' ') + 1);
}

bool is_numbered(std::string_view name) {
    return name.size() >= 2 && std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isdigit(c); });
}

int bytes_of(char width) {
    switch (width) {
    case 'b': return 1;
    case 'h': return 2;
    case 's':
    case 'w': return 4;
    case 'd':
    case 'x': return 8;
    case 'q': return 16;
    default: return 0;
    }
}

/// "v0.4s", "v0.s[1]", "v0.s"
Operand read_vector(std::string_view name) {
    const size_t dot = name.find('.');
    Operand operand = Operand::of_register(Operand::Kind::Vector, static_cast<int>(number(name.substr(1, dot - 1))), 16);
    std::string_view arrangement = name.substr(dot + 1);
    if (const size_t open = arrangement.find('['); open != std::string_view::npos) {
        operand.element = static_cast<int>(number(arrangement.substr(open + 1, arrangement.size() - open - 2)));
        arrangement = arrangement.substr(0, open);
    }
    operand.lane = bytes_of(arrangement.back());
    if (operand.element >= 0)
        operand.bytes = operand.lane;
    else if (arrangement.size() > 1)
        operand.bytes = operand.lane * static_cast<int>(number(arrangement.substr(0, arrangement.size() - 1)));
    return operand;
}

Operand read_register(std::string_view name) {
    if (name == "sp" || name == "wsp")
        return Operand::of_register(Operand::Kind::General, kStackPointer, name == "sp" ? 8 : 4);
    if (name == "xzr" || name == "wzr") return Operand::of_register(Operand::Kind::Immediate, 0, bytes_of(name[0]));
    if (name[0] == 'v' && name.find('.') != std::string_view::npos) return read_vector(name);
    if (!is_numbered(name) || bytes_of(name[0]) == 0) return {}; // a condition, or the kind of a prefetch
    const auto kind = name[0] == 'x' || name[0] == 'w' ? Operand::Kind::General : Operand::Kind::Vector;
    return Operand::of_register(kind, static_cast<int>(number(name.substr(1))), bytes_of(name[0]));
}

/// "[x8, x9, lsl #4]"
void read_address(std::string_view text, MemoryOperand &memory) {
    const auto followed = [](const Operand &operand) {
        return operand.is_general() && operand.bytes == 8 ? operand.number : kOtherRegister;
    };
    memory.base = followed(read_register(take_part(text)));
    if (text.empty()) return;
    const std::string_view offset = take_part(text);
    if (offset[0] == '#') {
        memory.displacement = number(offset.substr(1));
        return;
    }
    memory.index = followed(read_register(offset));
    if (starts(text, "lsl #")) memory.scale = int64_t{1} << number(text.substr(5));
}

/// "{ v0.4s, v1.4s }" or "{ v0.s }[1]"
void read_list(std::string_view text, Instruction &instruction) {
    const size_t close = text.find('}');
    std::string_view names = text.substr(2, close - 2);
    while (!names.empty()) {
        Operand operand = read_vector(take_part(names));
        if (close + 1 < text.size()) {
            operand.element = static_cast<int>(number(text.substr(close + 2, text.size() - close - 3)));
            operand.bytes = operand.lane;
        }
        instruction.operands.push_back(operand);
    }
}

/// "lsl #3" and the like change the operand before them.
bool read_shift(std::string_view text, Instruction &instruction) {
    static constexpr std::array shifts = {"lsl", "lsr", "asr", "ror", "uxt", "sxt"};
    const auto is_one = [&](const char *name) { return text.size() > 3 && starts(text, name); };
    if (instruction.operands.empty() || std::none_of(shifts.begin(), shifts.end(), is_one)) return false;
    Operand &shifted = instruction.operands.back();
    if (!starts(text, "lsl #"))
        shifted.kind = Operand::Kind::Other; // half of a register, or not a multiple
    else
        (shifted.is_immediate() ? shifted.value : shifted.scale) *= int64_t{1} << number(text.substr(5));
    return true;
}

void read_operand(std::string_view text, Instruction &instruction) {
    const bool after_memory = !instruction.operands.empty() && instruction.operands.back().kind == Operand::Kind::Memory;
    MemoryOperand &memory = instruction.memory;
    Operand operand;
    if (text[0] == '[') {
        const size_t close = text.find(']');
        read_address(text.substr(1, close - 1), memory);
        if (close + 1 < text.size()) memory.base_step = memory.displacement; // "!"
        operand.kind = Operand::Kind::Memory;
    } else if (text[0] == '{') {
        return read_list(text, instruction);
    } else if (read_shift(text, instruction)) {
        return;
    } else if (text[0] == '#') {
        operand.kind = Operand::Kind::Immediate;
        operand.value = text.find('.') == std::string_view::npos ? number(text.substr(1)) : 0; // #0.0 of a comparison
        if (after_memory) memory.base_step = operand.value;
    } else {
        operand = read_register(text);
        if (after_memory) memory.base_step_register = operand.number;
    }
    if (!after_memory) instruction.operands.push_back(operand);
}

} // namespace

void read(std::string_view text, Instruction &instruction) {
    const size_t comment = text.find("//");
    text = text.substr(0, comment);
    text = text.substr(0, text.find_last_not_of("\t ") + 1);
    std::string_view operands = take_mnemonic(text, instruction);
    while (!operands.empty()) read_operand(take_part(operands), instruction);
    note_facts(instruction);
    const bool direct = !instruction.operands.empty() && instruction.operands.back().is_immediate();
    if (direct && (instruction.is_jump || instruction.is_call)) {
        instruction.target = instruction.address + static_cast<uint64_t>(instruction.operands.back().value);
        instruction.text =
            fmt::format("{}{:x}", instruction.text.substr(0, instruction.text.rfind('#')), *instruction.target);
    }
}

} // namespace normforge::assembly::arm
