// SPDX-License-Identifier: MIT
// Memory for every operand, see operand_memory.h.
#include "tests/unit/operand_memory.h"
#include "runtime/ops.h"
#include "tests/support/number.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

namespace normforge::unit {
namespace {

/// The first multiple of `alignment` in a block with room for it.
unsigned char *aligned(std::vector<unsigned char> &memory, size_t alignment) {
    const auto address = reinterpret_cast<uintptr_t>(memory.data());
    return memory.data() + (alignment - address % alignment) % alignment;
}

constexpr size_t kSlack = 128, kWorkspaceSlack = 2048;
constexpr unsigned char kUntouched = 0xff; ///< NaN, wherever nothing is put

int64_t count_of(const nf_layout &layout) {
    int64_t count = 1;
    for (int i = 0; i < layout.rank; ++i) count *= layout.extents[i];
    return count;
}

/// Variances and counts must be positive; anything else may be anything.
double some_number(OperandId id, int64_t index) {
    const auto row = static_cast<int64_t>(id);
    const auto number = static_cast<double>((index * 37 + row * 11) % 64 - 31) / 8;
    const bool positive = id == OperandId::running_variance || id == OperandId::saved_invstd || id == OperandId::triples;
    return positive ? 0.5 + std::abs(number) : number;
}

} // namespace

OperandMemory::OperandMemory(const nf_description &description, const nf_plan *plan) {
    REQUIRE_FALSE(check_description(description, problem_).failed());
    REQUIRE(nf_tensors_init(&tensors) == NF_SUCCESS);
    for (size_t i = 0; i < kOperandCount; ++i) allocate(static_cast<OperandId>(i));
    tensors.workspace_size = nf_plan_workspace_size(plan);
    workspace_.assign(tensors.workspace_size + kWorkspaceSlack, kUntouched);
    tensors.workspace = aligned(workspace_, NF_WORKSPACE_ALIGNMENT);
}

void OperandMemory::allocate(OperandId id) {
    const nf_description &d = problem_.description;
    const Operand &operand = normforge::operand(id);
    Block &block = blocks_[id];
    const size_t size = problem_.element_bytes()[operand.kind];
    const Tensor *const used = problem_.tensor(operand);
    Tensor tensor{operand.name, used ? used->layout : nf_layout{}, {}};
    if (operand.kind == RoleKind::TENSOR) {
        block.dtype = d.x.dtype;
        if (!used) REQUIRE_FALSE(resolve_layout(tensor, &d.x).failed());
        REQUIRE_FALSE(canonicalise(tensor, d.axis).failed());
    } else {
        block.dtype = size == 8 ? NF_F64 : NF_F32;
        const int64_t parts = id == OperandId::triples && !has_form(d.op) ? d.parts : 1;
        const int64_t length = problem_.channels * (operand.kind == RoleKind::TRIPLE ? 3 * parts : 1);
        tensor.layout.rank = 1;
        tensor.layout.extents[0] = tensor.canonical.n = length;
        tensor.layout.strides[0] = tensor.canonical.stride_n = 1;
        tensor.canonical.c = tensor.canonical.s = 1;
    }
    block.layout = tensor.layout;
    block.memory.assign(static_cast<size_t>(tensor.canonical.span()) * size + kSlack, 0xee);
    block.first = aligned(block.memory, 64) - tensor.canonical.lowest() * static_cast<int64_t>(size);
    std::vector<double> numbers(static_cast<size_t>(count_of(block.layout)));
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = some_number(id, static_cast<int64_t>(i));
    set(id, numbers);

    auto *const at = reinterpret_cast<unsigned char *>(&tensors) + operand.offset;
    const nf_channels channels{block.first, block.layout.extents[0]};
    if (operand.per_channel())
        std::memcpy(at - offsetof(nf_channels, data), &channels, sizeof channels);
    else
        std::memcpy(at, static_cast<const void *>(&block.first), sizeof block.first);
}

unsigned char *OperandMemory::element(const Block &block, int64_t index) const {
    int64_t offset = 0;
    for (int i = block.layout.rank - 1; i >= 0; --i) {
        offset += index % block.layout.extents[i] * block.layout.strides[i];
        index /= block.layout.extents[i];
    }
    return block.first + offset * testing::precision_of(block.dtype).bytes;
}

std::vector<double> OperandMemory::values(OperandId id) const {
    std::vector<double> values(static_cast<size_t>(count_of(block(id).layout)));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = testing::load(block(id).dtype, element(block(id), static_cast<int64_t>(i)));
    return values;
}

void OperandMemory::set(OperandId id, const std::vector<double> &values) {
    const Block &b = block(id);
    REQUIRE(static_cast<int64_t>(values.size()) == count_of(b.layout));
    for (size_t i = 0; i < values.size(); ++i)
        testing::store(b.dtype, element(b, static_cast<int64_t>(i)), testing::round_to(b.dtype, values[i]));
}

void OperandMemory::alias(OperandId output, OperandId input) {
    aliases_[output] = input;
    unsigned char *const first = block(input).first;
    std::memcpy(reinterpret_cast<unsigned char *>(&tensors) + operand(output).offset, static_cast<const void *>(&first),
                sizeof first);
}

std::string OperandMemory::bytes() const {
    std::string all(workspace_.begin(), workspace_.end());
    for (const auto &[id, block] : blocks_) all.append(block.memory.begin(), block.memory.end());
    return all;
}

bool OperandMemory::workspace_intact() const {
    const auto *const end = static_cast<const unsigned char *>(tensors.workspace) + tensors.workspace_size;
    return std::all_of(end, workspace_.data() + workspace_.size(), [](unsigned char byte) { return byte == kUntouched; });
}

std::string OperandMemory::bytes_of(OperandId id) const {
    return {block(id).memory.begin(), block(id).memory.end()};
}

} // namespace normforge::unit
