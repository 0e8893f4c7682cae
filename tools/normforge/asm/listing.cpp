// SPDX-License-Identifier: MIT
// One heading per loop, then one instruction per line.
#include "tools/normforge/asm/listing.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>

namespace normforge::assembly {

namespace {

const char *kind_name(TensorLoop::Kind kind) {
    switch (kind) {
    case TensorLoop::Kind::Reduction: return "reduction";
    case TensorLoop::Kind::Output: return "output";
    default: return "tail";
    }
}

const char *role_name(nf_role role) {
#define NF_ROLE_NAME(role, kind) #role,
    static constexpr std::array names = {NF_KERNEL_ROLES(NF_ROLE_NAME)};
#undef NF_ROLE_NAME
    return names[role];
}

std::string target_name(const LoopAccess &access) {
    switch (access.to) {
    case LoopAccess::To::Tensor:
    case LoopAccess::To::Array: return role_name(access.role);
    case LoopAccess::To::Scratch: return "scratch";
    case LoopAccess::To::Slot: return "slot";
    case LoopAccess::To::Constant: return "constant";
    default: return "unknown";
    }
}

std::string bytes_text(const char *verb, const std::map<nf_role, int> &bytes) {
    std::string text;
    for (const auto &[role, count] : bytes)
        text += fmt::format("{} {} {}", text.empty() ? verb : ",", role_name(role), count);
    return text;
}

std::string stores_text(const TensorLoop &loop) {
    const int streaming = loop.tensor_stores(true), cached = loop.tensor_stores(false);
    if (streaming && cached) return fmt::format(" ({} streaming, {} cached)", streaming, cached);
    return streaming ? " streaming" : cached ? " cached" : "";
}

/// By instruction, empty where no memory is accessed.
std::vector<std::string> memory_names(const TensorLoop &loop) {
    std::vector<std::string> names(loop.instructions.size());
    for (const LoopAccess &access : loop.accesses) names[access.instruction] = target_name(access);
    return names;
}

} // namespace

std::string heading(const TensorLoop &loop) {
    int width = 0;
    for (const Instruction &instruction : loop.instructions) width = std::max(width, instruction.vector_bytes());
    std::string text =
        fmt::format("{} at {:x}: {}{}, {} instructions, {}-byte vectors", loop.function, loop.instructions.front().address,
                    kind_name(loop.kind), loop.is_body() ? " loop" : "", loop.instructions.size(), width);
    text += bytes_text(", reads", loop.tensor_bytes(false));
    text += bytes_text(", writes", loop.tensor_bytes(true)) + stores_text(loop);
    if (loop.slots()) text += fmt::format(", {} accesses to spilled values", loop.slots());
    return text;
}

std::string listing(const std::vector<TensorLoop> &loops) {
    std::string text;
    const auto out = std::back_inserter(text);
    for (const TensorLoop &loop : loops) {
        if (!loop.is_body()) continue;
        fmt::format_to(out, "{}\n", heading(loop));
        const std::vector<std::string> names = memory_names(loop);
        for (size_t i = 0; i < names.size(); i++) {
            const Instruction &instruction = loop.instructions[i];
            const std::string line = fmt::format("  {:8x}  {:<64} {}", instruction.address, instruction.text, names[i]);
            fmt::format_to(out, "{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
        }
        fmt::format_to(out, "\n");
    }
    for (const TensorLoop &loop : loops)
        if (!loop.is_body()) fmt::format_to(out, "{}\n", heading(loop));
    return text;
}

nlohmann::json to_json(const std::vector<TensorLoop> &loops) {
    nlohmann::json list = nlohmann::json::array();
    for (const TensorLoop &loop : loops) {
        nlohmann::json instructions = nlohmann::json::array();
        const std::vector<std::string> names = memory_names(loop);
        for (size_t i = 0; i < names.size(); i++) {
            nlohmann::json instruction = {{"address", loop.instructions[i].address}, {"text", loop.instructions[i].text}};
            if (!names[i].empty()) instruction["memory"] = names[i];
            instructions.push_back(std::move(instruction));
        }
        nlohmann::json entry = {{"function", loop.function},
                                {"kind", kind_name(loop.kind)},
                                {"slots", loop.slots()},
                                {"streaming_stores", loop.tensor_stores(true)},
                                {"cached_stores", loop.tensor_stores(false)},
                                {"instructions", std::move(instructions)}};
        for (const auto &[role, bytes] : loop.tensor_bytes(false)) entry["reads"][role_name(role)] = bytes;
        for (const auto &[role, bytes] : loop.tensor_bytes(true)) entry["writes"][role_name(role)] = bytes;
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace normforge::assembly
