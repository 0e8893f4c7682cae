// SPDX-License-Identifier: MIT
// Kernels for arm-64 written by hand, each sound or with one fault. They are assembled by llvm-mc and never run.

// Arguments are halide_buffer_t, whose data pointer is at offset 16. Leaves x in x1, y in x2, mean in x3.
.macro KERNEL name
.type \name, %function
\name:
    ldp x8, x9, [x0]
    ldr x1, [x8, #16]
    ldr x2, [x9, #16]
    ldr x8, [x0, #16]
    ldr x3, [x8, #16]
.endm

.macro END name
    ret
    .size \name, . - \name
.endm

// A loop over 1024 elements, `step` bytes at a time, whose offset is in x10.
.macro LOOP
    mov x10, #0
1:
.endm

.macro AGAIN step
    add x10, x10, #\step
    cmp x10, #4096
    b.ne 1b
.endm

.macro SUM
    mov x11, x1
    LOOP
    ldp q2, q3, [x11], #32
    fadd v0.4s, v0.4s, v2.4s
    fadd v1.4s, v1.4s, v3.4s
    AGAIN 32
.endm

// The same of f16, converted.
.macro SUM_HALVES
    LOOP
    ldr q4, [x1, x10]
    fcvtl v2.4s, v4.4h
    fcvtl2 v3.4s, v4.8h
    fadd v0.4s, v0.4s, v2.4s
    fadd v1.4s, v1.4s, v3.4s
    AGAIN 16
.endm

// y = x * x, with the given store of two registers.
.macro OUTPUT store
    LOOP
    add x12, x2, x10
    add x13, x1, x10
    ldp q2, q3, [x13]
    fmul v2.4s, v2.4s, v2.4s
    fmul v3.4s, v3.4s, v3.4s
    \store q2, q3, [x12]
    AGAIN 32
.endm

KERNEL arm_cached
    SUM
    OUTPUT stp
END arm_cached

KERNEL arm_stream
    SUM
    OUTPUT stnp
END arm_stream

KERNEL arm_single
    LOOP
    ldr q2, [x1, x10]
    fadd v0.4s, v0.4s, v2.4s
    AGAIN 16
    LOOP
    ldr q2, [x1, x10]
    fmul v2.4s, v2.4s, v2.4s
    str q2, [x2, x10]
    AGAIN 16
END arm_single

KERNEL arm_with_tail
    SUM
    LOOP
    ldr s2, [x1, x10]
    fadd s0, s0, s2
    AGAIN 4
    OUTPUT stp
END arm_with_tail

KERNEL arm_prefetch
    LOOP
    add x13, x1, x10
    prfm pldl1keep, [x13, #512]
    ldr q2, [x13]
    fadd v0.4s, v0.4s, v2.4s
    AGAIN 16
    OUTPUT stp
END arm_prefetch

KERNEL arm_scratch
    sub sp, sp, #1, lsl #12
    LOOP
    ldr q0, [sp, x10]
    ldr q2, [x1, x10]
    fadd v0.4s, v0.4s, v2.4s
    AGAIN 16
    OUTPUT stp
    add sp, sp, #1, lsl #12
END arm_scratch

// y is reached as x + (y - x), and x through the stack and a vector register; x11 counts whole rows.
KERNEL arm_detour
    stp x29, x30, [sp, #-48]!
    sub x2, x2, x1
    str x1, [sp, #24]
    ldr d5, [sp, #24]
    dup v6.2d, x9
    mov v6.d[1], v5.d[0]
    stur q6, [sp, #32]
    mov x1, xzr
    ldr x1, [sp, #40]
    SUM
    mov w11, #64
    LOOP
    madd x12, x10, x11, x1
    ldp q2, q3, [x12]
    fmul v2.4s, v2.4s, v2.4s
    add x12, x12, x2
    stnp q2, q3, [x12]
    AGAIN 32
    ldp x29, x30, [sp], #48
END arm_detour

.type arm_task_body, %function
arm_task_body:
    ldp q0, q1, [x2]
    fmov x1, d0
    mov x2, v0.d[1]
    SUM
    OUTPUT stp
END arm_task_body

.type halide_do_par_for, %function
halide_do_par_for:
END halide_do_par_for

KERNEL arm_task
    stp x29, x30, [sp, #-64]!
    stp x1, x2, [sp, #16]
    adr x1, arm_task_body
    add x4, sp, #16
    bl halide_do_par_for
    ldp x29, x30, [sp], #64
END arm_task

KERNEL arm_halves
    SUM_HALVES
    LOOP
    ldr q4, [x1, x10]
    fcvtl v2.4s, v4.4h
    fcvtl2 v3.4s, v4.8h
    fmul v2.4s, v2.4s, v2.4s
    fmul v3.4s, v3.4s, v3.4s
    fcvtn v4.4h, v2.4s
    fcvtn2 v4.8h, v3.4s
    str q4, [x2, x10]
    AGAIN 16
END arm_halves

// Each of the others has one fault.

KERNEL arm_spill
    sub sp, sp, #64
    LOOP
    ldr q0, [sp, #16]
    ldr q2, [x1, x10]
    fadd v0.4s, v0.4s, v2.4s
    str q0, [sp, #16]
    AGAIN 16
    OUTPUT stp
    add sp, sp, #64
END arm_spill

KERNEL arm_lanes
    SUM
    LOOP
    add x12, x2, x10
    ldr q2, [x1, x10]
    ld1 { v3.s }[1], [x3]
    fmul v2.4s, v2.4s, v3.4s
    str q2, [x12]
    AGAIN 16
END arm_lanes

KERNEL arm_scalar_sum
    LOOP
    ldr s2, [x1, x10]
    fadd s0, s0, s2
    AGAIN 4
    OUTPUT stp
END arm_scalar_sum

KERNEL arm_scalar_output
    SUM
    LOOP
    ldr w8, [x1, x10]
    str w8, [x2, x10]
    AGAIN 4
END arm_scalar_output

KERNEL arm_half_vectors
    LOOP
    ldr d2, [x1, x10]
    fadd v0.4s, v0.4s, v2.4s
    AGAIN 8
    OUTPUT stp
END arm_half_vectors

KERNEL arm_narrow
    SUM
    LOOP
    ldr q2, [x1, x10]
    fmul v2.2s, v2.2s, v2.2s
    str q2, [x2, x10]
    AGAIN 16
END arm_narrow

KERNEL arm_unknown
    ldr x9, [x1]
    LOOP
    ldr q2, [x1, x10]
    ldr q3, [x9]
    fadd v0.4s, v0.4s, v2.4s
    AGAIN 16
    OUTPUT stp
END arm_unknown

KERNEL arm_half_loads
    LOOP
    ldr d4, [x1, x10]
    fcvtl v2.4s, v4.4h
    fadd v0.4s, v0.4s, v2.4s
    AGAIN 8
    LOOP
    ldr q4, [x1, x10]
    fcvtl v2.4s, v4.4h
    fcvtl2 v3.4s, v4.8h
    fcvtn v4.4h, v2.4s
    fcvtn2 v4.8h, v3.4s
    str q4, [x2, x10]
    AGAIN 16
END arm_half_loads

KERNEL arm_unpaired
    SUM
    LOOP
    add x12, x2, x10
    add x13, x1, x10
    ldr q2, [x13]
    ldr q3, [x13, #16]
    fmul v2.4s, v2.4s, v2.4s
    fmul v3.4s, v3.4s, v3.4s
    str q2, [x12]
    str q3, [x12, #16]
    AGAIN 32
END arm_unpaired

KERNEL arm_diluted
    SUM
    LOOP
    add x12, x2, x10
    ldr q2, [x1, x10]
    fmul v2.4s, v2.4s, v2.4s
    .rept 16
    orr v3.16b, v3.16b, v2.16b
    .endr
    str q2, [x12]
    AGAIN 16
END arm_diluted

KERNEL arm_in_halves
    SUM_HALVES
    LOOP
    ldr q4, [x1, x10]
    fcvtl v2.4s, v4.4h
    fcvtn v5.4h, v2.4s
    fmul v4.8h, v4.8h, v4.8h
    str q4, [x2, x10]
    AGAIN 16
END arm_in_halves

KERNEL arm_unconverted
    SUM
    OUTPUT stp
END arm_unconverted
