// SPDX-License-Identifier: MIT
// The table of normforge.h, above nf_tensors, as data: which operand each op reads, writes or ignores. Validation, plans and
// execution all loop over it; use_of() is the one place that knows how epilogue and gradient requests change it.
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
enum class RoleKind : uint8_t { TENSOR, PARAMETER, STATISTIC, SCRATCH, PARTIAL, TRIPLE, TRIPLES, SCALAR, INTEGER };

constexpr bool is_per_channel(RoleKind kind) {
    return kind == RoleKind::PARAMETER || kind == RoleKind::STATISTIC || kind == RoleKind::SCRATCH ||
           kind == RoleKind::TRIPLE;
}

constexpr bool is_scalar(RoleKind kind) {
    return kind == RoleKind::SCALAR || kind == RoleKind::INTEGER;
}

RoleKind kind_of(nf_role role) noexcept;

/// Bytes of an element of each kind of array, for one problem.
struct ElementBytes {
    ElementBytes() : ElementBytes(NF_F32, NF_CHANNEL_DEFAULT) {}
    ElementBytes(nf_dtype dtype, nf_channel_type statistics);
    size_t operator[](RoleKind kind) const { return bytes_[static_cast<size_t>(kind)]; }

private:
    std::array<size_t, 7> bytes_; ///< TENSOR to TRIPLES
};

/// Rows of the table, in its order.
enum class OperandId : uint8_t {
    x,
    residual,
    y,
    dy,
    dx,
    dresidual,
    gamma,
    beta,
    saved_mean,
    saved_variance,
    saved_invstd,
    running_mean,
    running_variance,
    dgamma,
    dbeta,
    triples,
    merged,
    count
};

inline constexpr size_t kOperandCount = static_cast<size_t>(OperandId::count);

/// A cell of the table: what an op does with an operand, and on what condition.
struct Cell {
    enum class When : uint8_t {
        always,
        residual,   ///< with an epilogue that adds one
        recomputed, ///< (2) backward recomputes the pre-activation with a residual
        from_output ///< (3) backward takes the derivative at y, with a residual
    };
    uint8_t use = kUnused;
    When when = When::always;
    bool gradient = false; ///< written, added to or ignored, as the description asks for
};

struct Operand {
    const char *name;
    size_t offset;                         ///< of its pointer in nf_tensors
    RoleKind kind;                         ///< TENSOR: a plain pointer; PARAMETER, STATISTIC, TRIPLE: an nf_channels
    nf_layout nf_description::*layout;     ///< of tensors
    nf_gradient nf_description::*gradient; ///< of gradients
    std::array<Cell, 11> ops;              ///< by nf_op

    bool per_channel() const { return kind != RoleKind::TENSOR; }
    const Cell &in(nf_op op) const { return ops[op]; }
    void *pointer(const nf_tensors &tensors) const;
    /// The length the caller states; per_channel only.
    int64_t length(const nf_tensors &tensors) const;
};

extern const std::array<Operand, kOperandCount> kOperands;

inline const Operand &operand(OperandId id) {
    return kOperands[static_cast<size_t>(id)];
}

/// What a problem does with an operand: the Use bits of its cell, as epilogue and gradient requests leave them. Op,
/// epilogue and requests must be enumerators.
uint8_t use_of(const Operand &operand, const nf_description &description);

/// Whether some description lets the op use operands of this kind, or this gradient.
bool may_use(nf_op op, RoleKind kind);
bool may_use(nf_op op, nf_gradient nf_description::*gradient);

} // namespace normforge
