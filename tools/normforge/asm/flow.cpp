// SPDX-License-Identifier: MIT
// Dominators as in Cooper, Harvey, Kennedy: "A simple, fast dominance algorithm".
#include "tools/normforge/asm/flow.h"

#include <algorithm>
#include <map>
#include <set>

namespace normforge::assembly {

namespace {

class Dominators {
public:
    explicit Dominators(const std::vector<Block> &blocks) : place_(blocks.size()), parent_(blocks.size(), kNone) {
        const std::vector<size_t> order = reverse_postorder(blocks);
        for (size_t i = 0; i < order.size(); i++) place_[order[i]] = i;
        parent_[0] = 0;
        for (bool changed = true; changed;) {
            changed = false;
            for (const size_t block : order) {
                if (block == 0) continue;
                size_t parent = kNone;
                for (const size_t from : blocks[block].predecessors)
                    if (parent_[from] != kNone) parent = parent == kNone ? from : common(from, parent);
                changed |= parent_[block] != parent;
                parent_[block] = parent;
            }
        }
    }

    bool dominates(size_t above, size_t block) const {
        while (place_[block] > place_[above]) block = parent_[block];
        return block == above;
    }

private:
    static constexpr size_t kNone = SIZE_MAX;

    size_t common(size_t a, size_t b) const {
        while (a != b) {
            while (place_[a] > place_[b]) a = parent_[a];
            while (place_[b] > place_[a]) b = parent_[b];
        }
        return a;
    }

    std::vector<size_t> place_, parent_;
};

/// Adds to a loop what reaches the end of one of its back edges without passing its header.
void add_body(const std::vector<Block> &blocks, size_t back_edge, std::set<size_t> &loop) {
    std::vector<size_t> open = {back_edge};
    while (!open.empty()) {
        const size_t block = open.back();
        open.pop_back();
        if (!loop.insert(block).second) continue;
        open.insert(open.end(), blocks[block].predecessors.begin(), blocks[block].predecessors.end());
    }
}

} // namespace

std::vector<Block> find_blocks(const std::vector<Instruction> &instructions) {
    std::map<uint64_t, size_t> index;
    for (size_t i = 0; i < instructions.size(); i++) index[instructions[i].address] = i;
    std::set<size_t> begins = {0};
    for (size_t i = 0; i < instructions.size(); i++) {
        const Instruction &instruction = instructions[i];
        if (instruction.is_jump && instruction.target) {
            if (const auto to = index.find(*instruction.target); to != index.end()) begins.insert(to->second);
        }
        if (instruction.is_jump || !instruction.falls_through) begins.insert(i + 1);
    }
    begins.erase(instructions.size());

    std::vector<Block> blocks;
    std::map<size_t, size_t> block_at;
    for (auto begin = begins.begin(); begin != begins.end(); ++begin) {
        block_at[*begin] = blocks.size();
        blocks.push_back({*begin, std::next(begin) == begins.end() ? instructions.size() : *std::next(begin), {}, {}});
    }
    for (Block &block : blocks) {
        const Instruction &last = instructions[block.end - 1];
        if (last.is_jump && last.target) {
            if (const auto to = index.find(*last.target); to != index.end())
                block.successors.push_back(block_at.at(to->second));
        }
        if (last.falls_through && block.end < instructions.size()) block.successors.push_back(block_at.at(block.end));
    }
    for (const size_t from : reverse_postorder(blocks))
        for (const size_t to : blocks[from].successors) blocks[to].predecessors.push_back(from);
    return blocks;
}

std::vector<size_t> reverse_postorder(const std::vector<Block> &blocks) {
    std::vector<size_t> order;
    std::vector<bool> seen(blocks.size());
    std::vector<std::pair<size_t, size_t>> path = {{0, 0}}; // block, next successor
    seen[0] = true;
    while (!path.empty()) {
        auto &[block, next] = path.back();
        if (next == blocks[block].successors.size()) {
            order.push_back(block);
            path.pop_back();
            continue;
        }
        const size_t successor = blocks[block].successors[next++];
        if (!seen[successor]) {
            seen[successor] = true;
            path.emplace_back(successor, 0);
        }
    }
    std::reverse(order.begin(), order.end());
    return order;
}

std::vector<std::vector<size_t>> innermost_loops(const std::vector<Block> &blocks) {
    const Dominators dominators(blocks);
    std::map<size_t, std::set<size_t>> loops; // by header
    for (const size_t from : reverse_postorder(blocks))
        for (const size_t header : blocks[from].successors) {
            if (!dominators.dominates(header, from)) continue;
            add_body(blocks, from, loops.try_emplace(header, std::set<size_t>{header}).first->second);
        }
    std::vector<std::vector<size_t>> innermost;
    for (const auto &[header, loop] : loops) {
        const bool holds_another = std::any_of(
            loop.begin(), loop.end(), [&, own = header](size_t block) { return block != own && loops.count(block); });
        if (!holds_another) innermost.emplace_back(loop.begin(), loop.end());
    }
    return innermost;
}

} // namespace normforge::assembly
