// SPDX-License-Identifier: MIT
// The instructions that compilers compute addresses with; what any other one writes is a number that is not known.
#include "tools/normforge/asm/arm/arm.h"
#include "tools/normforge/asm/machine_state.h"

#include <elf.h>

namespace normforge::assembly {

namespace arm {

namespace {

class Step {
public:
    Step(const Instruction &instruction, MachineState &state) : i_(instruction), state_(state) {}

    void run() {
        if (i_.stores || i_.loads) {
            const Value at = state_.address(i_.memory);
            i_.stores ? store(at) : load(at);
            move_base();
        } else if (!i_.operands.empty() && i_.operands[0].is_vector()) {
            state_.set_vector(i_.operands[0].number, vector_result());
        } else if (!i_.operands.empty() && i_.operands[0].is_general() && !only_reads()) {
            state_.set(i_.operands[0].number, i_.operands[0].bytes == kWord ? result() : Value());
        }
    }

private:
    /// Whether operand 0 is read, not written.
    bool only_reads() const { return i_.is_jump || i_.is("cmp") || i_.is("cmn") || i_.is("tst") || i_.starts("ccm"); }

    Value source(size_t operand) const {
        const Operand &from = i_.operands[operand];
        if (from.is_immediate()) return Value::constant(from.value);
        if (from.is_general()) return from.bytes == kWord ? state_[from.number] * from.scale : Value();
        if (from.is_vector()) return word(from.number, std::max(from.element, 0));
        return {};
    }

    Value word(int vector, int number) const {
        const std::vector<Value> words = state_.vector_words(vector);
        return static_cast<size_t>(number) < words.size() ? words[static_cast<size_t>(number)] : Value();
    }

    /// The registers of a load or store, which stand before the memory.
    size_t transferred() const {
        size_t count = 0;
        while (i_.operands[count].kind != Operand::Kind::Memory) count++;
        return count;
    }

    void load(const Value &at) {
        const bool plain = i_.starts("ldr") || i_.starts("ldur") || i_.is("ldp") || i_.is("ldnp");
        std::vector<std::vector<Value>> loaded; // before any is written: the base may be among them
        int64_t offset = 0;
        for (size_t n = 0; n < transferred(); n++) {
            const int bytes = i_.operands[n].bytes;
            loaded.push_back(plain ? state_.load_words(at + Value::constant(offset), bytes) : std::vector<Value>());
            offset += bytes;
        }
        for (size_t n = 0; n < loaded.size(); n++) {
            const Operand &to = i_.operands[n];
            if (to.is_vector())
                state_.set_vector(to.number, loaded[n]);
            else if (to.is_general())
                state_.set(to.number, plain && whole_word() ? loaded[n][0] : Value());
        }
    }

    void store(const Value &at) {
        const bool plain = i_.starts("str") || i_.starts("stur") || i_.is("stp") || i_.is("stnp");
        std::vector<Value> words;
        for (size_t n = 0; plain && n < transferred(); n++) {
            const Operand &from = i_.operands[n];
            if (!from.is_vector()) {
                words.push_back(whole_word() ? source(n) : Value());
                continue;
            }
            for (int number = 0; number < from.bytes / kWord; number++) words.push_back(word(from.number, number));
        }
        state_.store(at, i_.memory.bytes, words);
    }

    /// Whether each general register of a load or store transfers 8 bytes.
    bool whole_word() const { return i_.memory.bytes == static_cast<int>(transferred()) * kWord; }

    void move_base() {
        const MemoryOperand &memory = i_.memory;
        if (memory.base_step)
            state_.set(memory.base, state_[memory.base] + Value::constant(memory.base_step));
        else if (memory.base_step_register != kNoRegister)
            state_.set(memory.base, state_[memory.base] + state_[memory.base_step_register]);
    }

    /// The words of the vector register that is written.
    std::vector<Value> vector_result() const {
        const Operand &to = i_.operands[0];
        if (i_.operands.size() < 2) return {};
        const Operand &from = i_.operands[1];
        if (to.element >= 0 && to.lane == kWord && i_.is("mov")) {
            std::vector<Value> words = {word(to.number, 0), word(to.number, 1)};
            words[static_cast<size_t>(to.element)] = source(1);
            return words;
        }
        if (i_.is("fmov") || (i_.is("mov") && from.element >= 0)) return {source(1)};
        if (i_.is("mov") && from.is_vector()) return state_.vector_words(from.number);
        if (i_.is("dup") && to.lane == kWord) return {source(1), source(1)};
        return {};
    }

    static Value product(const Value &a, const Value &b) {
        if (b.is_plain_number() && b.offset()) return a * *b.offset();
        if (a.is_plain_number() && a.offset()) return b * *a.offset();
        return {};
    }

    /// What is written to the general register that operand 0 names.
    Value result() const {
        const auto address = static_cast<int64_t>(i_.address);
        if (i_.is("mov") || i_.is("fmov")) return source(1);
        if (i_.is("adr")) return Value::constant(address + i_.operands[1].value);
        if (i_.is("adrp")) return Value::constant((address & ~int64_t{4095}) + i_.operands[1].value);
        if (i_.is("add") || i_.is("adds")) return source(1) + source(2);
        if (i_.is("sub") || i_.is("subs")) return source(1) - source(2);
        if (i_.is("neg")) return source(1) * -1;
        if (i_.is("lsl") && i_.operands[2].is_immediate())
            return source(1) * static_cast<int64_t>(uint64_t{1} << (i_.operands[2].value & 63));
        if (i_.is("mul")) return product(source(1), source(2));
        if (i_.is("madd") || i_.is("smaddl") || i_.is("umaddl")) return source(3) + product(source(1), source(2));
        if (i_.is("msub") || i_.is("smsubl") || i_.is("umsubl")) return source(3) - product(source(1), source(2));
        if (i_.is("and") && i_.operands[2].is_immediate()) return source(1).aligned(i_.operands[2].value);
        if (i_.is("csel")) return source(1).join(source(2));
        return {};
    }

    const Instruction &i_;
    MachineState &state_;
};

void step(const Instruction &instruction, MachineState &state) {
    Step(instruction, state).run();
}

} // namespace

} // namespace arm

// AAPCS64: x0 to x7 are parameters, x19 to x29 survive a call.
const Architecture kArm = {
    "arm-64",
    EM_AARCH64,
    R_AARCH64_RELATIVE,
    "aarch64-linux",
    "+all",
    0,
    {arm::kStackPointer, {0, 1, 2, 3, 4}, 0, ((uint32_t{1} << 19) - 1) | (uint32_t{1} << arm::kLinkRegister)},
    arm::read,
    arm::step};

} // namespace normforge::assembly
