// SPDX-License-Identifier: MIT
// Lays out, fills and inspects operands, see guarded_operands.h.
#include "tests/support/guarded_operands.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace normforge::testing {

namespace {

template <typename Body>
void for_each(const GuardedOperand &operand, Body body) {
    const CanonicalTensor &layout = operand.layout;
    const auto bytes = static_cast<int64_t>(operand.element_bytes());
    size_t dense = 0;
    for (int64_t n = 0; n < layout.shape.n; ++n) {
        for (int64_t c = 0; c < layout.shape.c; ++c) {
            for (int64_t s = 0; s < layout.shape.s; ++s)
                body(operand.data() + (n * layout.stride_n + c * layout.stride_c + s * layout.stride_s) * bytes, dense++);
        }
    }
}

/// The values that an operand has before the call, null if it only is written.
const Values *given(const OperandRow &row, const nf_description &description, const Inputs &in) {
    const Access access = access_of(row, description);
    return access == Access::read || access == Access::update ? &(in.*row.values) : nullptr;
}

CanonicalTensor layout_of(const OperandRow &row, const nf_description &description, const Inputs &in) {
    if (row.kind == OperandKind::tensor) return canonicalise(description.x, description.*row.layout, description.axis);
    int64_t length = in.shape.c;
    if (row.kind == OperandKind::triple) length *= 3;
    if (const Values *values = given(row, description, in)) length = static_cast<int64_t>(values->size());
    return {{1, length, 1}, length, 1, 1};
}

GuardedOperand allocate(const OperandRow &row, const Problem &problem, const Inputs &in, Edge edge) {
    const nf_dtype type = type_of(row, problem.description);
    const auto bytes = static_cast<int64_t>(precision_of(type).bytes);
    const CanonicalTensor layout = layout_of(row, problem.description, in);
    const auto offset = (problem.offset_bytes + bytes - 1) / bytes * bytes;
    return {&row, type, layout,
            GuardedBuffer(static_cast<size_t>(layout.span() * bytes), edge, static_cast<size_t>(offset))};
}

} // namespace

void GuardedOperand::put(const Values &values) {
    for_each(*this, [&](std::byte *element, size_t i) { store(type, element, values[i]); });
}

Values GuardedOperand::get() const {
    Values values(static_cast<size_t>(layout.shape.count()));
    for_each(*this, [&](const std::byte *element, size_t i) { values[i] = load(type, element); });
    return values;
}

bool GuardedOperand::untouched() const {
    if (!memory.surroundings_intact()) return false;
    std::vector<std::byte> after(memory.data(), memory.data() + memory.size());
    if (written) {
        for_each(*this, [&](const std::byte *element, size_t) {
            const auto at = element - memory.data();
            std::memcpy(after.data() + at, before.data() + at, element_bytes());
        });
    }
    return after == before;
}

GuardedOperands::GuardedOperands(const Problem &problem, const Inputs &in, Edge edge, const std::vector<std::string> &absent)
    : description_(problem.description) {
    if (nf_tensors_init(&call) != NF_SUCCESS) throw std::logic_error(nf_last_error());
    for (const OperandRow &row : kOperands) {
        const Values *values = given(row, description_, in);
        const bool empty_array = values && values->empty() && row.kind != OperandKind::tensor && in.shape.c > 0;
        const bool left_out = std::count(absent.begin(), absent.end(), row.name) > 0;
        if (access_of(row, description_) != Access::none && !left_out && !empty_array) add(row, problem, in, edge);
    }
    call.batches_averaged = in.batches_averaged;
    for (GuardedOperand &operand : all_)
        operand.before.assign(operand.memory.data(), operand.memory.data() + operand.memory.size());
}

void GuardedOperands::add(const OperandRow &row, const Problem &problem, const Inputs &in, Edge edge) {
    const Access access = access_of(row, description_);
    const bool shared = problem.in_place && row.in_place_of && access == Access::write;
    if (!shared) all_.push_back(allocate(row, problem, in, edge));
    GuardedOperand &operand = shared ? shared_with(row.in_place_of) : all_.back();
    if (const Values *values = given(row, description_, in)) operand.put(*values);
    if (access == Access::write || access == Access::update) {
        operand.written = true;
        outputs_.emplace_back(&row, &operand);
    }
    rows_.emplace_back(&row, &operand);
    row.set(call, operand.data(), operand.layout.shape.count());
}

GuardedOperand &GuardedOperands::shared_with(const char *name) {
    return *std::find_if(all_.begin(), all_.end(), [&](const GuardedOperand &o) { return o.row == &operand(name); });
}

std::string GuardedOperands::changed() const {
    const auto found = std::find_if(all_.begin(), all_.end(), [](const GuardedOperand &o) { return !o.untouched(); });
    return found == all_.end() ? "" : std::string("memory of or around ") + found->row->name + " was changed";
}

std::vector<std::pair<const OperandRow *, Values>> GuardedOperands::written() const {
    std::vector<std::pair<const OperandRow *, Values>> all;
    for (const auto &[row, operand] : outputs_) all.emplace_back(row, operand->get());
    return all;
}

std::string GuardedOperands::difference(const GuardedOperands &other) const {
    for (size_t i = 0; i < all_.size(); ++i) {
        const std::byte *here = all_[i].memory.data(), *there = other.all_[i].memory.data();
        const size_t size = all_[i].memory.size();
        const std::string name = all_[i].row->name;
        if (std::memcmp(here, there, size) != 0) {
            const auto at = std::mismatch(here, here + size, there).first - here;
            return name + " differs in its element " + std::to_string(static_cast<size_t>(at) / all_[i].element_bytes());
        }
        if (!all_[i].memory.surroundings_intact()) return "memory around " + name + " was changed";
    }
    return {};
}

bool GuardedOperands::output_aligned() const {
    const OperandRow *last = written_tensor(description_);
    for (const auto &[row, operand] : outputs_)
        if (row == last) return reinterpret_cast<uintptr_t>(operand->data()) % 64 == 0;
    return false;
}

bool GuardedOperands::vectors_aligned() const {
    return std::all_of(all_.begin(), all_.end(), [](const GuardedOperand &operand) {
        return operand.row->kind != OperandKind::tensor || reinterpret_cast<uintptr_t>(operand.data()) % kVectorBytes == 0;
    });
}

} // namespace normforge::testing
