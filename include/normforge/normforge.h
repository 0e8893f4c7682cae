/* SPDX-License-Identifier: MIT
 *
 * normforge: batch normalisation with kernels compiled ahead of time. This header is the whole C contract (C99).
 *
 * Words
 *   op       one mathematical operation, see nf_op
 *   problem  op + types + shape + strides + axis + epilogue: everything that is known before the data
 *   variant  one compiled kernel; several can serve one problem, the registry holds them best first
 *   plan     a validated problem bound to a variant; immutable, any number of threads may execute one at once
 *
 * Notation: c is the number of channels (the extent of `axis`), m = (number of elements) / c the elements per channel.
 * All strides, extents and lengths count elements, all sizes named "size" count bytes.
 *
 * The library never aborts, exits or prints, allocates nothing during execution but the text of a refusal, and never keeps a
 * pointer to a caller's tensor.
 * The formulas are those of tests/reference/reference.cpp: plain loops in float64, the specification.
 */
#ifndef NORMFORGE_NORMFORGE_H
#define NORMFORGE_NORMFORGE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define NF_API __attribute__((visibility("default")))
#else
#define NF_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define NF_VERSION_MAJOR 0
#define NF_VERSION_MINOR 1
#define NF_VERSION_PATCH 0

/* Most axes a tensor may have. */
#define NF_MAX_RANK 8

/* A workspace must begin at a multiple of this many bytes. */
#define NF_WORKSPACE_ALIGNMENT 64

typedef enum nf_status {
    NF_SUCCESS = 0,
    NF_NULL_POINTER = 1,        /* a required pointer is null */
    NF_INVALID_ARGUMENT = 2,    /* a value is outside its range: axis, rank, eps, momentum, an enumerator, struct_size */
    NF_SHAPE_MISMATCH = 3,      /* two tensors, or a tensor and a per-channel array, do not fit each other */
    NF_TYPE_MISMATCH = 4,       /* element types that cannot be used together */
    NF_UNSUPPORTED_STRIDES = 5, /* strides that do not collapse to (n, c, s), or 0 */
    NF_OVERFLOW = 6,            /* an element count or byte size does not fit in 63 bits */
    NF_MISALIGNED = 7,          /* a pointer is not a multiple of its element size, or the workspace of 64 bytes */
    NF_OVERLAP = 8,             /* an output overlaps another operand in a way that is not allowed, see nf_tensors */
    NF_WORKSPACE_TOO_SMALL = 9, /* fewer bytes than nf_plan_workspace_size() */
    NF_UNKNOWN_VARIANT = 10,    /* no registered variant has the forced name */
    NF_UNKNOWN_TARGET = 11,     /* a kernel table names a target that this library does not know */
    NF_NO_VARIANT = 12,         /* no registered variant serves this problem on this machine */
    NF_BAD_KERNEL_TABLE = 13,   /* a kernel table of another version, or damaged */
    NF_OUT_OF_MEMORY = 14,      /* the system refused memory or a lock, be it for the text of another refusal */
    NF_KERNEL_FAILED = 15,      /* a kernel, or the driver of a device, reported an error; outputs are undefined */
    NF_NO_DEVICE = 16,          /* the device asked for has no driver on this machine, or is too old */
    NF_WRONG_MEMORY = 17        /* a pointer is to memory that the plan's device cannot use, or is not to use */
} nf_status;

/* What is computed, per channel; statistics are over the m elements of the channel. z is the pre-activation, f the
 * activation of the epilogue, r the residual (0 without), dz = dy * f'(z).
 *   forward_train      mean, variance = sum((x - mean)^2) / m (biased), invstd = 1 / sqrt(variance + eps)
 *                      z = (x - mean) * (gamma * invstd) + beta + r, y = f(z)
 *                      running = momentum * running + (1 - momentum) * batch   for mean and variance
 *   forward_inference  as forward_train's second line with mean = running_mean, variance = running_variance
 *   backward_train     dbeta = sum(dz), dgamma = sum(dz * xhat), xhat = (x - mean) * invstd
 *                      dx = gamma * invstd * (dz - dbeta / m - xhat * dgamma / m)
 *                      dresidual = dz
 *   backward_frozen    the same with the stored running statistics as constants: dx = gamma * invstd * dz
 *
 * The same in phases, for channels whose elements are spread over several processes or calls. Between phases go triples:
 * f64 arrays (count[c], first[c], second[c]). The fused ops give the same bits as the phases with one triple.
 *   stats              triple (m, mean, sum((x - mean)^2))
 *   merge              k triples of stats, in the order given, into one; mean, variance, invstd and running statistics of it
 *   apply              forward_train's y from saved_mean and saved_invstd
 *   backward_reduce    triple (m, sum(dz), sum(dz * (x - mean)))
 *   backward_merge     the sum of k triples of backward_reduce, in the order given; dgamma and dbeta from it
 *   backward_apply     backward_train's dx from a triple of backward_merge or backward_reduce
 *   backward_residual  dresidual = dz alone
 * If variance + eps is 0, invstd is 0. */
typedef enum nf_op {
    NF_FORWARD_TRAIN = 0,
    NF_FORWARD_INFERENCE = 1,
    NF_BACKWARD_TRAIN = 2,
    NF_BACKWARD_FROZEN = 3,
    NF_STATS = 4,
    NF_MERGE = 5,
    NF_APPLY = 6,
    NF_BACKWARD_REDUCE = 7,
    NF_BACKWARD_MERGE = 8,
    NF_BACKWARD_APPLY = 9,
    NF_BACKWARD_RESIDUAL = 10
} nf_op;

/* Element types of tensors. Arithmetic is in f32 for f32, f16 and bf16, in f64 for f64; elements are converted once on load
 * and once on store, to the nearest, ties to even. Per-channel arrays are f64 for f64 tensors, else f32. */
typedef enum nf_dtype {
    NF_F32 = 0,
    NF_F64 = 1,
    NF_F16 = 2, /* IEEE 754 binary16 */
    NF_BF16 = 3 /* the upper half of an f32 */
} nf_dtype;

/* Element types of per-channel arrays: of gamma, beta and their gradients (parameters), of saved and running statistics.
 * Which of them run with which tensors:
 *   x f32, f16, bf16   parameters f32, statistics f32 (default) or f64
 *   x f64              parameters f64, statistics f64
 * Every other pair is NF_TYPE_MISMATCH. With f64 statistics the arithmetic is in f64 too: f32 data of 1e30 stay finite. */
typedef enum nf_channel_type {
    NF_CHANNEL_DEFAULT = 0, /* f64 for f64 tensors, else f32 */
    NF_CHANNEL_F32 = 1,
    NF_CHANNEL_F64 = 2,
    NF_CHANNEL_F16 = 3,
    NF_CHANNEL_BF16 = 4
} nf_channel_type;

/* What is fused after the affine step: an activation f, and before it, with NF_EPILOGUE_ADD, the addition of a residual. NaN
 * passes through each. Derivatives at the kinks are those of the branch that 0 (or 6, -3, 3) belongs to. */
typedef enum nf_epilogue {
    NF_EPILOGUE_NONE = 0,
    NF_EPILOGUE_RELU = 1,       /* z > 0 ? z : 0; the derivative at 0 is 0 */
    NF_EPILOGUE_LEAKY_RELU = 2, /* z > 0 ? z : slope * z */
    NF_EPILOGUE_RELU6 = 3,      /* min(max(z, 0), 6); the derivative at 0 and 6 is 0 */
    NF_EPILOGUE_SILU = 4,       /* z * sigmoid(z) */
    NF_EPILOGUE_GELU = 5,       /* z * (1 + erf(z / sqrt(2))) / 2 */
    NF_EPILOGUE_GELU_TANH = 6,  /* z * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 * z^3))) / 2 */
    NF_EPILOGUE_SIGMOID = 7,    /* 1 / (1 + exp(-z)) */
    NF_EPILOGUE_TANH = 8,
    NF_EPILOGUE_HARD_SWISH = 9, /* z * min(max(z + 3, 0), 6) / 6 */
    NF_EPILOGUE_ADD = 16,       /* a residual is added before: NF_EPILOGUE_ADD + activation */
    NF_EPILOGUE_ADD_RELU = 17,
    NF_EPILOGUE_ADD_LEAKY_RELU = 18,
    NF_EPILOGUE_ADD_RELU6 = 19,
    NF_EPILOGUE_ADD_SILU = 20,
    NF_EPILOGUE_ADD_GELU = 21,
    NF_EPILOGUE_ADD_GELU_TANH = 22,
    NF_EPILOGUE_ADD_SIGMOID = 23,
    NF_EPILOGUE_ADD_TANH = 24,
    NF_EPILOGUE_ADD_HARD_SWISH = 25
} nf_epilogue;

/* What happens to a gradient. */
typedef enum nf_gradient {
    NF_GRADIENT_WRITE = 0, /* replaces what was there */
    NF_GRADIENT_ADD = 1,   /* is added to what was there, rounded once */
    NF_GRADIENT_NULL = 2   /* is not computed; the operand is ignored */
} nf_gradient;

/* Which variance the running variance averages. Normalisation always uses the biased one. */
typedef enum nf_running_variance {
    NF_VARIANCE_BIASED = 0,  /* sum((x - mean)^2) / m */
    NF_VARIANCE_UNBIASED = 1 /* divided by m - 1; for m = 1 the biased one */
} nf_running_variance;

/* How running statistics average. */
typedef enum nf_average {
    NF_AVERAGE_EXPONENTIAL = 0, /* momentum is the description's */
    NF_AVERAGE_CUMULATIVE = 1   /* the mean of all batches: momentum = b / (b + 1), b = nf_tensors.batches_averaged */
} nf_average;

/* How y or dx is stored. Streaming stores bypass the caches: right for tensors that do not fit them. */
typedef enum nf_store {
    NF_STORE_AUTO = 0, /* as NORMFORGE_STORE says (auto, cached or stream; unset: auto); auto streams when the bytes touched
                        * exceed the cache, see docs/dispatch.md */
    NF_STORE_CACHED = 1,
    NF_STORE_STREAM = 2 /* falls back to cached where y is not aligned to 64 bytes */
} nf_store;

/* What runs a plan's kernels, and whose memory all its operands, workspace included, are in. */
typedef enum nf_device {
    NF_DEVICE_CPU = 0,
    NF_DEVICE_CUDA = 1,  /* a GPU, through its driver (libcuda.so.1, loaded when first asked for) */
    NF_DEVICE_OPENCL = 2 /* for tests without a GPU: an OpenCL device that shares the process's memory, such as PoCL's CPU */
} nf_device;

/* Element type, shape and strides of one tensor. rank 0 stands for "like x, contiguous".
 * Strides all zero mean contiguous with the last axis innermost. A stride may be negative: pointers are to the element whose
 * indices are all 0. */
typedef struct nf_layout {
    nf_dtype dtype;
    int32_t rank; /* 1 to NF_MAX_RANK */
    int64_t extents[NF_MAX_RANK];
    int64_t strides[NF_MAX_RANK];
} nf_layout;

/* A problem, as nf_plan_create() takes it. Fill with nf_description_init(), then set what differs. Fields that the op has no
 * use for are ignored. */
typedef struct nf_description {
    size_t struct_size; /* sizeof(nf_description) of the header the caller was compiled with */
    nf_op op;
    nf_epilogue epilogue;
    nf_layout x; /* all ops; merge and backward_merge take from it the types and the channels alone */
    nf_layout y; /* like x in extents and type, as all that follow */
    nf_layout residual;
    nf_layout dy;
    nf_layout dx;
    nf_layout dresidual;
    int32_t axis;    /* channel axis, -rank to rank - 1; negative counts from the end */
    double eps;      /* added to the variance under the square root; >= 0, honoured exactly, 0 included */
    double momentum; /* weight of the OLD running value, 0 to 1 (MXNet, ONNX); PyTorch's is nf_momentum_of_new() of this */
    double slope;    /* leaky_relu: 0 to 3.4e38 (FLT_MAX) */
    nf_channel_type parameters;
    nf_channel_type statistics;
    nf_running_variance running_variance;
    nf_average average;
    nf_gradient dx_gradient;
    nf_gradient dgamma_gradient;
    nf_gradient dbeta_gradient;
    nf_gradient dresidual_gradient; /* of no meaning without a residual */
    int32_t parts;                  /* triples given to merge and backward_merge, >= 1 */
    nf_store store;
    int32_t threads;     /* at most this many, up to 1024; 0: nf_threads() of the moment of execution */
    const char *variant; /* force this variant by name; null: the one NORMFORGE_FORCE names, else the first that fits */
    nf_device device;
    void *context; /* CUDA: the CUcontext that plan and operands belong to; null: the one current when the plan is made */
} nf_description;

/* A per-channel array: contiguous. data null means absent. Of the description's parameter type (gamma, beta, dgamma, dbeta),
 * of its statistics type (saved and running statistics), or f64 (triples, merged). */
typedef struct nf_channels {
    void *data;
    int64_t length; /* c if data is given; 3 * c for a triple, parts * 3 * c for several */
} nf_channels;

/* The operands of one execution. "in", "out", "in/out"; optional ones ("opt.") may be absent (null); "gradient": out, in/out
 * or ignored, as the description asks for. Rows and columns not shown are ignored.
 *
 *                    forward_train  forward_inference  backward_train  backward_frozen  backward_residual
 *   x                in             in                 in              in               in (2)
 *   residual (1)     in             in                 in (2)          in (2)           in (2)
 *   y                out            out                in (3)          in (3)           in (3)
 *   dy               -              -                  in              in               in
 *   dx               -              -                  gradient        gradient         -
 *   dresidual (1)    -              -                  gradient        gradient         gradient
 *   gamma, beta      in, opt.       in, opt.           in, opt.        in, opt.         in, opt. (2)    (absent: 1 and 0)
 *   saved_mean       out, opt.      -                  in              -                in (2)
 *   saved_variance   out, opt.      -                  -               -                -
 *   saved_invstd     out, opt.      -                  in              -                in (2)
 *   running_mean     in/out, opt.   in                 -               in               -
 *   running_variance in/out, opt.   in                 -               in               -
 *   dgamma, dbeta    -              -                  gradient        gradient         -
 *
 *                    stats  merge         apply     backward_reduce  backward_merge  backward_apply
 *   x                in     -             in        in               -               in
 *   residual (1)     -      -             in        in (2)           -               in (2)
 *   y                -      -             out       in (3)           -               in (3)
 *   dy               -      -             -         in               -               in
 *   dx               -      -             -         -                -               gradient
 *   gamma, beta      -      -             in, opt.  in, opt.         -               in, opt.
 *   saved_mean       -      out, opt.     in        in               -               in
 *   saved_variance   -      out, opt.     -         -                -               -
 *   saved_invstd     -      out, opt.     in        in               in              in
 *   running_*        -      in/out, opt.  -         -                -               -
 *   triples          out    in            -         out              in              in
 *   merged           -      out, opt.     -         -                out, opt.       -
 *   dgamma, dbeta    -      -             -         -                gradient        -
 *
 *   workspace        scratch of nf_plan_workspace_size() bytes, may be null if that is 0
 * (1) With an epilogue that adds a residual; else ignored.
 * (2) Where the derivative is not known from y: with a residual, for activations other than none, relu, leaky_relu and
 *     relu6; x, gamma, beta, saved_mean and saved_invstd of backward_residual then, too.
 * (3) forward's output, with a residual and relu, leaky_relu or relu6: the derivative is taken at y.
 *
 * Inputs may share memory with each other. An output, and the workspace, may overlap no other operand, where an operand is
 * all from its first to its last byte: two tensors in the gaps of each other (slices of one buffer along the channels, say)
 * overlap, although they share no element. Two pairs may be one and the same tensor, with the same strides: y is x (forward
 * and apply), and dx, where it is written, is dy.
 * With an empty batch (m = 0) tensors are empty, statistics stay untouched, dgamma and dbeta are 0 (unchanged where they are
 * added to), and so are triples. */
typedef struct nf_tensors {
    size_t struct_size; /* sizeof(nf_tensors) */
    const void *x;
    const void *residual;
    void *y; /* only read in backward */
    const void *dy;
    void *dx;
    void *dresidual;
    nf_channels gamma;
    nf_channels beta;
    nf_channels saved_mean;
    nf_channels saved_variance; /* biased, without eps */
    nf_channels saved_invstd;   /* 1 / sqrt(variance + eps) */
    nf_channels running_mean;
    nf_channels running_variance;
    nf_channels dgamma;
    nf_channels dbeta;
    nf_channels triples;
    nf_channels merged;
    int64_t batches_averaged; /* with NF_AVERAGE_CUMULATIVE: batches in the running statistics before this one, >= 0 */
    void *workspace;
    size_t workspace_size;
    void *stream; /* CUDA: the CUstream that the kernels go to, in order; null: the default stream. Else ignored */
} nf_tensors;

/* Opaque; made by nf_plan_create(), released by nf_plan_destroy(). */
typedef struct nf_plan nf_plan;

/* A set of compiled kernels; `normforge gen` writes a header that declares one. Its content is in kernel_table.h. */
typedef struct nf_kernel_table nf_kernel_table;

/* One registered variant. The texts live as long as the table it came from. */
typedef struct nf_variant {
    size_t struct_size;     /* sizeof(nf_variant), set by the caller */
    const char *name;       /* the symbol: nf_<op>_<dtype>_<layout>_<epilogue>_<store>_<target>[_<tag>] */
    const char *set;        /* name of the kernel set it came from */
    const char *target;     /* e.g. "x86-64-avx2" */
    const char *parameters; /* schedule parameters, "name=value" separated by spaces */
    const char *origin;     /* where they come from, in words: "default", "kernel set", "tuned", ... */
    int usable;             /* 1 if this machine can run it */
} nf_variant;

/* The momentum, as nf_description takes it, that gives the new value the weight w: 1 - w. PyTorch's and cuDNN's convention.
 * Thread-safe. */
NF_API double nf_momentum_of_new(double w);

/* Sets every field to "nothing special": struct_size, op, eps = 1e-5, momentum = 0.9, slope = 0.01, axis = 1, parts = 1, the
 * rest 0.
 * NF_SUCCESS, NF_NULL_POINTER, NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_description_init(nf_description *description, nf_op op);

/* Sets struct_size and clears the rest. NF_SUCCESS, NF_NULL_POINTER, NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_tensors_init(nf_tensors *tensors);

/* Validates a problem and binds it to the first registered variant that serves it on this machine.
 * On success *plan is a new plan; on failure *plan is null and nf_last_error() says which argument was wrong, what came
 * and what was expected. A NORMFORGE_STORE, _THREADS, _PIECE or _GPU_CHUNK that would be used but makes no sense is
 * NF_INVALID_ARGUMENT. NF_SUCCESS, NF_NULL_POINTER, NF_INVALID_ARGUMENT, NF_SHAPE_MISMATCH, NF_TYPE_MISMATCH, NF_NO_DEVICE,
 * NF_UNSUPPORTED_STRIDES, NF_OVERFLOW, NF_UNKNOWN_VARIANT, NF_NO_VARIANT, NF_KERNEL_FAILED, NF_OUT_OF_MEMORY. Thread-safe.
 * With NORMFORGE_CAPTURE=FILE, read when the first plan is made, the problems that plans execute, and how often, are
 * appended to that file when the process ends; if it cannot be written, a line on standard error says so and nothing else
 * changes. */
NF_API nf_status nf_plan_create(const nf_description *description, nf_plan **plan);

/* Releases a plan that no thread is executing. Null is allowed. */
NF_API void nf_plan_destroy(nf_plan *plan);

/* Bytes of workspace an execution needs, 0 if none or if plan is null. Fixed for the life of the plan. Thread-safe. */
NF_API size_t nf_plan_workspace_size(const nf_plan *plan);

/* Name of the variant the plan prefers; where several kernels run one after the other, that of the last one that writes a
 * tensor, else of the last. "" for an empty batch, a null plan, or where no gradient is asked for. Lives as long as the
 * plan. Thread-safe. */
NF_API const char *nf_plan_variant(const nf_plan *plan);

/* Several lines of text: the problem, its canonical form, the pieces it is cut into; for each kernel the variant chosen and
 * why, the store policy and why; the threads, the workspace.
 * Lives as long as the plan. Thread-safe. */
NF_API const char *nf_plan_describe(const nf_plan *plan);

/* Runs a plan. Checks pointers, alignment, lengths and overlap before anything is written: after NF_KERNEL_FAILED the
 * outputs are undefined, after any other refusal every byte of them is unchanged. Concurrent executions need different
 * outputs and workspaces. NF_SUCCESS, NF_NULL_POINTER, NF_INVALID_ARGUMENT, NF_SHAPE_MISMATCH, NF_MISALIGNED, NF_OVERLAP,
 * NF_WORKSPACE_TOO_SMALL, NF_WRONG_MEMORY, NF_KERNEL_FAILED, NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_plan_execute(const nf_plan *plan, const nf_tensors *tensors);

/* Name of the variant that last ran on the calling thread, "" if none did. */
NF_API const char *nf_last_variant(void);

/* Adds the kernels of a set; earlier sets are preferred, the built-in set comes last. Registering twice is harmless.
 * The table must outlive every plan made after. NF_SUCCESS, NF_NULL_POINTER, NF_BAD_KERNEL_TABLE, NF_UNKNOWN_TARGET,
 * NF_OUT_OF_MEMORY; a table that is refused leaves no trace. Thread-safe. */
NF_API nf_status nf_register(const nf_kernel_table *table);

/* Number of registered variants, usable here or not, in order of preference. Thread-safe. */
NF_API size_t nf_variant_count(void);

/* Fills *variant, whose struct_size the caller has set, with the one at index. NF_SUCCESS, NF_NULL_POINTER,
 * NF_INVALID_ARGUMENT (index, struct_size), NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_variant_at(size_t index, nf_variant *variant);

/* Whether this machine can run code for the named target: 1, 0, or -1 if there is no such target. Thread-safe. */
NF_API int nf_target_usable(const char *target);

/* Threads an execution uses when its plan does not say: what nf_set_threads() set, else NORMFORGE_THREADS (1 to 1024, read
 * once; anything else is refused when a plan is made), else the CPUs allowed by affinity and cgroup quota. Thread-safe. */
NF_API int nf_threads(void);

/* Sets nf_threads(), also for plans made before; 0 restores the default. NF_SUCCESS, NF_INVALID_ARGUMENT (negative or over
 * 1024), NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_set_threads(int threads);

/* A host's thread pool: must call task(argument, i) once for each i in [0, count), from any threads, at most `threads` at a
 * time, and return when all have returned. Non-zero results of tasks must not stop the others. */
typedef void (*nf_task)(void *argument, int index);
typedef void (*nf_parallel_for)(void *context, int threads, int count, nf_task task, void *argument);

/* Uses the host's pool instead of the library's own from now on; null restores the own pool. Not while plans execute. */
NF_API void nf_set_parallel_for(nf_parallel_for parallel_for, void *context);

/* Text for the last failure on the calling thread, "" after none; overwritten by the next failure on it. */
NF_API const char *nf_last_error(void);

/* The enumerator's name without prefix, in lower case ("null_pointer"); "unknown_status" for others. Thread-safe. */
NF_API const char *nf_status_string(nf_status status);

/* "0.1.0" */
NF_API const char *nf_version(void);

#ifdef __cplusplus
}
#endif

#endif
