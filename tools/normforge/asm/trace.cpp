// SPDX-License-Identifier: MIT
// A fixed point over the blocks of each function; functions in the order in which calls are found.
#include "tools/normforge/asm/trace.h"

#include "tools/normforge/asm/disassembler.h"
#include "tools/normforge/asm/flow.h"
#include "tools/normforge/asm/machine_state.h"

#include <deque>
#include <map>
#include <set>

namespace normforge::assembly {

namespace {

/// Parallel loops call this: the second parameter is the task, the fifth its closure.
constexpr const char *kParallelLoop = "halide_do_par_for";

class Tracer {
public:
    Tracer(const CodeFile &file, const FunctionCode &entry) : file_(file), architecture_(file.architecture()) {
        enter(&entry, MachineState::at_entry(calls()));
    }

    std::vector<TracedFunction> run() {
        std::vector<TracedFunction> traced;
        for (; !open_.empty(); open_.pop_front()) traced.push_back(trace(*open_.front().first, open_.front().second));
        return traced;
    }

private:
    const CallingConvention &calls() const { return architecture_.calls; }

    void enter(const FunctionCode *function, MachineState state) {
        if (function && entered_.insert(function->address).second) open_.emplace_back(function, std::move(state));
    }

    /// A call, or a jump out of the function in its place.
    void call(const Instruction &instruction, const MachineState &state) {
        const FunctionCode *callee = instruction.target ? file_.at(*instruction.target) : nullptr;
        if (!callee) return;
        if (callee->name != kParallelLoop) return enter(callee, state.at_callee(calls()));
        if (const auto task = state[calls().parameters[1]].offset())
            enter(file_.at(static_cast<uint64_t>(*task)), state.at_task(calls()));
    }

    TracedFunction trace(const FunctionCode &function, const MachineState &entry) {
        TracedFunction traced{function.name, disassemble(architecture_, function), {}};
        const std::vector<Instruction> &instructions = traced.instructions;
        const std::vector<Block> blocks = find_blocks(instructions);
        const std::vector<size_t> order = reverse_postorder(blocks);
        std::map<size_t, MachineState> at_begin = {{0, entry}};
        std::set<size_t> changed = {0};
        while (!changed.empty()) {
            for (const size_t block : order) {
                if (!changed.erase(block)) continue;
                MachineState state = at_begin.at(block);
                for (size_t i = blocks[block].begin; i < blocks[block].end; i++) advance(instructions[i], state);
                for (const size_t next : blocks[block].successors) {
                    const auto [known, is_new] = at_begin.try_emplace(next, state);
                    if (is_new || known->second.join(state)) changed.insert(next);
                }
            }
        }
        traced.addresses.resize(instructions.size());
        for (const size_t block : order) {
            MachineState state = at_begin.at(block);
            for (size_t i = blocks[block].begin; i < blocks[block].end; i++) {
                if (instructions[i].accesses_memory) traced.addresses[i] = state.address(instructions[i].memory);
                if (instructions[i].is_call || (instructions[i].is_jump && !instructions[i].falls_through))
                    call(instructions[i], state);
                advance(instructions[i], state);
            }
        }
        return traced;
    }

    void advance(const Instruction &instruction, MachineState &state) const {
        if (instruction.is_call)
            state.forget_after_call(calls());
        else
            architecture_.step(instruction, state);
    }

    const CodeFile &file_;
    const Architecture &architecture_;
    std::set<uint64_t> entered_;
    std::deque<std::pair<const FunctionCode *, MachineState>> open_;
};

} // namespace

std::vector<TracedFunction> trace(const CodeFile &file, const std::string &symbol) {
    return Tracer(file, file.named(symbol)).run();
}

} // namespace normforge::assembly
