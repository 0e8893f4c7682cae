// SPDX-License-Identifier: MIT
// Those for AVX2, in assembly so that no compiler and no sanitizer changes them; arm_kernels.s has those for arm-64.
#include "tests/audit/fake_kernels.h"

#include <array>

// Arguments are halide_buffer_t, whose data pointer is at offset 16. NF_KERNEL leaves x in rsi, y in rdx, mean in r8.
#define NF_KERNEL(name, ...)                                                                                                \
    asm(".intel_syntax noprefix\n.text\n.type " #name ", @function\n" #name ":\n"                                           \
        "mov rax, [rdi]\nmov rsi, [rax + 16]\nmov rax, [rdi + 8]\nmov rdx, [rax + 16]\n"                                    \
        "mov rax, [rdi + 16]\nmov r8, [rax + 16]\n" __VA_ARGS__ "ret\n.size " #name ", . - " #name "\n.att_syntax\n")

// A loop over 1024 elements in steps; `body` has the offset in rcx.
#define NF_LOOP(label, step, body)                                                                                          \
    "xor ecx, ecx\n.L" #label ":\n" body "add rcx, " #step "\ncmp rcx, 4096\njne .L" #label "\n"

#define NF_SUM(label) NF_LOOP(label, 32, "vaddps ymm0, ymm0, [rsi + rcx]\n")
#define NF_SCALE "vmulps ymm1, ymm0, [rsi + rcx]\n"
#define NF_OUTPUT(label, store) NF_LOOP(label, 32, NF_SCALE store " [rdx + rcx], ymm1\n")

NF_KERNEL(fake_cached, NF_SUM(a) NF_OUTPUT(b, "vmovups"));
NF_KERNEL(fake_stream, NF_SUM(c) NF_OUTPUT(d, "vmovntps"));
NF_KERNEL(fake_with_tail, NF_SUM(e) NF_LOOP(f, 4, "vaddss xmm0, xmm0, [rsi + rcx]\n") NF_OUTPUT(g, "vmovups"));
NF_KERNEL(fake_spill,
          "sub rsp, 64\n" NF_LOOP(h, 32, "vmovups ymm0, [rsp]\nvaddps ymm0, ymm0, [rsi + rcx]\nvmovups [rsp], ymm0\n")
              NF_OUTPUT(i, "vmovups") "add rsp, 64\n");
NF_KERNEL(fake_scratch, "sub rsp, 4096\n" NF_LOOP(j, 32, "vmovups ymm0, [rsp + rcx]\nvaddps ymm0, ymm0, [rsi + rcx]\n")
                            NF_OUTPUT(k, "vmovups") "add rsp, 4096\n");
NF_KERNEL(fake_prefetch,
          NF_LOOP(bb, 32, "prefetcht0 [rsi + rcx + 512]\nvaddps ymm0, ymm0, [rsi + rcx]\n") NF_OUTPUT(cc, "vmovups"));
NF_KERNEL(fake_gather, NF_SUM(l) NF_OUTPUT(m, "vmovups") "vgatherdps ymm2, [rsi + 4*ymm3], ymm4\n");
NF_KERNEL(fake_gathered_tail, NF_SUM(hh) NF_OUTPUT(ii, "vmovups") "vinsertps xmm2, xmm2, dword ptr [rsi + 4*rax], 16\n");
NF_KERNEL(fake_scalar_sum, NF_LOOP(n, 4, "vaddss xmm0, xmm0, [rsi + rcx]\n") NF_OUTPUT(o, "vmovups"));
NF_KERNEL(fake_scalar_output, NF_SUM(p) NF_LOOP(q, 4, "vmovss xmm1, [rsi + rcx]\nvmovss [rdx + rcx], xmm1\n"));
NF_KERNEL(fake_narrow, NF_SUM(r) NF_LOOP(s, 32, NF_SCALE "vaddps xmm2, xmm2, xmm1\nvmovups [rdx + rcx], ymm1\n"));
NF_KERNEL(fake_half_vectors, NF_LOOP(t, 16, "vaddps xmm0, xmm0, [rsi + rcx]\n") NF_OUTPUT(u, "vmovups"));
NF_KERNEL(fake_masked, NF_LOOP(v, 32, "vmaskmovps ymm1, ymm2, [rsi + rcx]\n") NF_OUTPUT(w, "vmovups"));
NF_KERNEL(fake_unknown, "mov r9, [rsi]\n" NF_LOOP(x, 32, "vaddps ymm0, ymm0, [rsi + rcx]\nvaddps ymm0, ymm0, [r9]\n")
                            NF_OUTPUT(y, "vmovups"));
// y is reached as x + (y - x), and x through the stack and a vector register.
NF_KERNEL(fake_detour, "sub rdx, rsi\npush rsi\nvmovq xmm5, [rsp]\npop rax\npush rcx\nvmovq [rsp], xmm5\npop rsi\n" NF_SUM(z)
                           NF_LOOP(aa, 32, NF_SCALE "lea rax, [rsi + rcx]\nvmovntps [rax + rdx], ymm1\n"));

// For AVX-512: two registers of f32 to one of bf16, by the instruction for it or by integers.
#define NF_WIDEN "vpmovzxwd zmm1, [rsi + rcx]\nvpmovzxwd zmm2, [rsi + rcx + 32]\n"
#define NF_SUM_BF16(label) NF_LOOP(label, 64, NF_WIDEN "vaddps zmm0, zmm0, zmm1\nvaddps zmm0, zmm0, zmm2\n")
#define NF_OUTPUT_BF16(label, round)                                                                                        \
    NF_LOOP(label, 64,                                                                                                      \
            NF_WIDEN "vmulps zmm1, zmm0, zmm1\nvmulps zmm2, zmm0, zmm2\n" round                                             \
                     " zmm1, zmm2, zmm1\nvmovups [rdx + rcx], zmm1\n")

NF_KERNEL(fake_bf16, NF_SUM_BF16(dd) NF_OUTPUT_BF16(ee, "vcvtne2ps2bf16"));
NF_KERNEL(fake_bf16_by_integers, NF_SUM_BF16(ff) NF_OUTPUT_BF16(gg, "vpackusdw"));

// One mask for 32 elements out of two comparisons; the other kernel has half of it from before the loop.
#define NF_CHOICE(label, low)                                                                                               \
    NF_LOOP(label, 64,                                                                                                      \
            NF_WIDEN "vcmpltps k1, zmm0, zmm1\nvcmpltps k2, zmm0, zmm2\nkunpckwd k3, k2, " low                              \
                     "\nvmovdqu16 zmm1{k3}{z}, [rsi + rcx]\nvmovups [rdx + rcx], zmm1\n")

NF_KERNEL(fake_choice, NF_SUM_BF16(jj) NF_CHOICE(kk, "k1"));
NF_KERNEL(fake_half_choice, NF_SUM_BF16(ll) NF_CHOICE(mm, "k4"));

namespace normforge::audit {

nf_kernel fake_kernel(const char *name, const char *target, nf_store store, nf_dtype dtype) {
    static constexpr std::array<uint8_t, 3> roles = {NF_ROLE_x, NF_ROLE_y, NF_ROLE_mean};
    nf_kernel kernel = {};
    kernel.name = name;
    kernel.target = target;
    kernel.op = NF_FORWARD_TRAIN;
    kernel.dtype = static_cast<uint8_t>(dtype);
    kernel.store = static_cast<uint8_t>(store);
    kernel.roles = roles.data();
    kernel.role_count = roles.size();
    return kernel;
}

} // namespace normforge::audit
