// SPDX-License-Identifier: MIT
// The table of normforge.h, above nf_tensors, as data: which operand each op reads, writes or ignores, and as which kernel
// role. Validation, plans and execution all loop over it; nothing else knows the operands by name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <normforge/kernel_table.h>

namespace normforge {

enum Use : uint8_t {
    kUnused = 0,
    kRead = 1,
    kWrite = 2,
    kOptional = 4,
};

/// Kinds of kernel arguments, as NF_KERNEL_ROLES says.
enum class RoleKind : uint8_t { TENSOR, PARAMETER, STATISTIC, SCRATCH, PARTIAL, SCALAR, EXTENT };

constexpr bool is_per_channel(RoleKind kind) {
    return kind == RoleKind::PARAMETER || kind == RoleKind::STATISTIC || kind == RoleKind::SCRATCH;
}

/// Bytes of an element of each kind of array, for one problem.
struct ElementBytes {
    ElementBytes() : ElementBytes(NF_F32, NF_STATISTICS_DEFAULT) {}
    ElementBytes(nf_dtype dtype, nf_statistics statistics);
    size_t operator[](RoleKind kind) const { return bytes_[static_cast<size_t>(kind)]; }

private:
    std::array<size_t, 5> bytes_; ///< TENSOR to PARTIAL
};

/// What one op does with one operand.
struct Binding {
    uint8_t use = kUnused; ///< Use bits
    nf_role role = NF_ROLE_COUNT;

    bool used() const { return use & (kRead | kWrite); }
    bool writes() const { return use & kWrite; }
    bool optional() const { return use & kOptional; }
};

struct Operand {
    const char *name;
    size_t offset;  ///< of its pointer in nf_tensors
    RoleKind kind;  ///< TENSOR: a plain pointer; PARAMETER, STATISTIC: an nf_channels
    Binding ops[4]; ///< by nf_op

    bool per_channel() const { return kind != RoleKind::TENSOR; }
    const Binding &in(nf_op op) const { return ops[op]; }
    void *pointer(const nf_tensors &tensors) const;
    /// The length the caller states; per_channel only.
    int64_t length(const nf_tensors &tensors) const;
};

inline constexpr size_t kOperandCount = 13;
extern const std::array<Operand, kOperandCount> kOperands;

/// The operand that plays a role in an op, null if the role is scratch or a scalar there.
const Operand *operand_of(nf_role role, nf_op op) noexcept;

RoleKind kind_of(nf_role role) noexcept;

} // namespace normforge
