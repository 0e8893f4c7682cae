/* SPDX-License-Identifier: MIT
 *
 * What a compiled kernel set hands to the runtime. Programs need only nf_register(); this header is for generated registries
 * (generators/emit/registry.cpp writes them) and for the runtime that reads them. C99.
 */
#ifndef NORMFORGE_KERNEL_TABLE_H
#define NORMFORGE_KERNEL_TABLE_H

#include <normforge/normforge.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever anything in this header does; a table of another version is refused. */
#define NF_KERNEL_TABLE_VERSION 5

/* How the canonical tensor x[n, c, s] is laid out, and with it the reduction tree.
 *   inner         s is contiguous; kernels see (s, c, n)
 *   small_planes  as inner, with adjacent channels' planes adjacent (c * s is one run) and s <= NF_SMALL_PLANE;
 *                 kernels see (run, group, n): `run` = channels of a group * s elements
 *   last          c is contiguous and s = 1; kernels see (c, row) */
typedef enum nf_form { NF_FORM_INNER = 0, NF_FORM_SMALL_PLANES = 1, NF_FORM_LAST = 2 } nf_form;

/* The small_planes form takes planes of at most NF_SMALL_PLANE elements, in groups of at most NF_MAX_GROUP channels whose
 * run takes at most NF_MAX_RUN_BYTES in the type of the arithmetic: kernels keep per-position values of a group on the
 * stack. */
#define NF_SMALL_PLANE 256
#define NF_MAX_GROUP 64
#define NF_MAX_RUN_BYTES 16128

/* The last form reduces tiles of NF_TILE_ROWS rows, chunks of tiles apart from each other: NF_CHUNK_TILES tiles or, above
 * NF_MAX_CHUNKS chunks, as many more as it takes. The runtime passes the number of chunks as the `chunks` argument; kernels
 * share the length of a tile. All are part of the order of summation: another value gives other bits. */
#define NF_TILE_ROWS 16
#define NF_CHUNK_TILES 16
#define NF_MAX_CHUNKS 64

/* What an argument of a kernel is. A kernel takes void *arguments[]: the address of a halide_buffer_t for tensors,
 * per-channel arrays and partial results, the address of the value for scalars. Its registry entry lists the roles in order.
 * X(role, kind): kind is one of
 *   TENSOR   x-like, dimensions as the form says
 *   PARAMETER, STATISTIC, SCRATCH   per channel: [c], as (channel of the group, group) in the small_planes form.
 *            PARAMETER f32, f64 for f64 tensors; STATISTIC and SCRATCH the same, and f64 for kernels with f64 statistics
 *   PARTIAL  f64[chunk][c padded to channel_step], scratch: partial results of a chunk of rows (last), or on a GPU of a part
 *            of a channel (any form)
 *   TRIPLE   f64 per channel, the same dimensions: one part of a triple
 *   TRIPLES  f64[part][3][c]: the triples that merge and backward_merge take
 *   SCALAR   a double
 *   INTEGER  an int32 */
#define NF_KERNEL_ROLES(X)                                                                                                  \
    X(x, TENSOR)                                                                                                            \
    X(residual, TENSOR)                                                                                                     \
    X(y, TENSOR) /* out of forward; in where backward takes the derivative at y */                                          \
    X(dy, TENSOR)                                                                                                           \
    X(dx, TENSOR)                                                                                                           \
    X(dresidual, TENSOR)                                                                                                    \
    X(addend, TENSOR) /* in: dx or dresidual before it is added to, the same memory */                                      \
    X(gamma, PARAMETER)                                                                                                     \
    X(beta, PARAMETER)                                                                                                      \
    X(mean, STATISTIC)             /* in: the statistics used; out of forward_train and merge */                            \
    X(variance, STATISTIC)         /* out of forward_train and merge, biased */                                             \
    X(invstd, STATISTIC)           /* 1 / sqrt(variance + eps) */                                                           \
    X(deviation, STATISTIC)        /* in: variance, or invstd if `inverted` is 1 */                                         \
    X(running_mean, STATISTIC)     /* in/out of forward_train and merge */                                                  \
    X(running_variance, STATISTIC) /* in/out of forward_train and merge */                                                  \
    X(dgamma, PARAMETER)           /* in/out, see add_dgamma */                                                             \
    X(dbeta, PARAMETER)            /* in/out, see add_dbeta */                                                              \
    X(triple_0, TRIPLE)            /* count */                                                                              \
    X(triple_1, TRIPLE)            /* mean or sum(dz) */                                                                    \
    X(triple_2, TRIPLE)            /* sum((x - mean)^2) or sum(dz * (x - mean)) */                                          \
    X(triples, TRIPLES)                                                                                                     \
    X(merged_0, TRIPLE)                                                                                                     \
    X(merged_1, TRIPLE)                                                                                                     \
    X(merged_2, TRIPLE)                                                                                                     \
    X(scale, SCRATCH)     /* scratch: gamma * invstd */                                                                     \
    X(mean_dz, SCRATCH)   /* scratch: sum(dz) / m */                                                                        \
    X(slope_dz, SCRATCH)  /* scratch: invstd^2 * sum(dz * (x - mean)) / m */                                                \
    X(partial_0, PARTIAL) /* forward: M2;   backward: sum(dz) */                                                            \
    X(partial_1, PARTIAL) /* forward: mean; backward: sum(dz * (x - mean)) */                                               \
    X(eps, SCALAR)                                                                                                          \
    X(momentum, SCALAR)                                                                                                     \
    X(slope, SCALAR)                                                                                                        \
    X(plane, INTEGER)      /* s, in the small_planes form */                                                                \
    X(chunks, INTEGER)     /* number of chunks, or on a GPU of parts, of the partial results */                             \
    X(inverted, INTEGER)   /* 1: `deviation` holds invstd */                                                                \
    X(unbiased, INTEGER)   /* 1: the running variance averages M2 / (count - 1) */                                          \
    X(add_dgamma, INTEGER) /* 1: dgamma is added to what is there */                                                        \
    X(add_dbeta, INTEGER)

typedef enum nf_role {
#define NF_ROLE_ENUMERATOR(role, kind) NF_ROLE_##role,
    NF_KERNEL_ROLES(NF_ROLE_ENUMERATOR)
#undef NF_ROLE_ENUMERATOR
        NF_ROLE_COUNT
} nf_role;

/* One compiled kernel. */
typedef struct nf_kernel {
    const char *name;       /* the symbol */
    const char *target;     /* a name of the target table */
    const char *parameters; /* resolved schedule parameters, "name=value" separated by spaces */
    const char *origin;     /* where the parameters come from, in words ("kernel set", "tuned", ...); null: "default" */
    /* The one shape that the kernel serves: the canonical extents are constants in its code, strides are not. All 0: any
     * shape, as always for merge and backward_merge. */
    int32_t n, c, s;
    uint8_t op;            /* nf_op; those of forward_inference serve apply too */
    uint8_t dtype;         /* nf_dtype */
    uint8_t form;          /* nf_form; of no meaning for merge and backward_merge */
    uint8_t epilogue;      /* nf_epilogue */
    uint8_t store;         /* NF_STORE_CACHED or NF_STORE_STREAM */
    uint8_t statistics64;  /* 1: statistics and arithmetic in f64, tensors in another type */
    uint8_t accumulate;    /* 1: dx or dresidual is added to what is there */
    uint8_t frozen;        /* 1: backward_apply with constant statistics: dx = gamma * invstd * dz, no triple */
    uint8_t forced_only;   /* 1: never chosen unless forced by name (kept for tests) */
    uint16_t channel_step; /* channels of PARTIAL arrays are padded to a multiple of this; >= 1 if there are any */
    uint8_t
        alignment; /* bytes of which pointers, strides and contiguous extents of all tensors are multiples; 0: an element */
    uint8_t role_count;
    const uint8_t *roles; /* nf_role of each argument */
    int (*run)(void **arguments);
} nf_kernel;

/* What kernels call back. The registry keeps the pointer that nf_register() hands it. */
typedef struct nf_kernel_host {
    int (*parallel_for)(int (*task)(void *user_context, int index, uint8_t *closure), int min, int count, uint8_t *closure);
    /* Of kernels for a GPU, whose run() uses the GPU on the caller's behalf. load_code() finds or loads what launch() then
     * launches: `entry` with grid = {blocks x, y, z, threads x, y, z}; sizes[] of arguments ends with 0, and where
     * is_buffer[i] is 1 arguments[i] is a halide_buffer_t that stands for its device address. Both return 0 or fail. */
    int (*load_code)(const char *code, size_t size);
    int (*launch)(const char *entry, const int *grid, int shared_bytes, const size_t *sizes, void **arguments,
                  const int8_t *is_buffer);
} nf_kernel_host;

struct nf_kernel_table {
    uint32_t version;         /* NF_KERNEL_TABLE_VERSION */
    uint32_t entry_size;      /* sizeof(nf_kernel) */
    const char *set;          /* name of the kernel set */
    const nf_kernel *kernels; /* best first */
    size_t kernel_count;
    const nf_kernel_host **host; /* where the registry wants the host's functions */
};

#ifdef __cplusplus
}
#endif

#endif
