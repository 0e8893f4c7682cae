/* SPDX-License-Identifier: MIT
 * Normalises a batch with a kernel set that `normforge gen` made, and says which kernel did it. The Makefile beside it
 * builds this for a board on another machine. */
#include <board.h>
#include <stdio.h>

enum { kImages = 2, kChannels = 8, kHeight = 6, kWidth = 6, kElements = kImages * kChannels * kHeight * kWidth };

static int failed(nf_status status, const char *what) {
    if (status != NF_SUCCESS) fprintf(stderr, "%s: %s\n", what, nf_last_error());
    return status != NF_SUCCESS;
}

int main(void) {
    if (failed(nf_register(&nf_kernels_board), "nf_register")) return 1;

    nf_description description;
    nf_description_init(&description, NF_FORWARD_TRAIN);
    const int64_t extents[] = {kImages, kHeight, kWidth, kChannels};
    description.x.rank = 4;
    for (int i = 0; i < 4; ++i) description.x.extents[i] = extents[i];
    description.axis = 3; /* channels last */
    description.epilogue = NF_EPILOGUE_RELU;
    nf_plan *plan = NULL;
    if (failed(nf_plan_create(&description, &plan), "nf_plan_create")) return 1;

    static float x[kElements], y[kElements];
    static char memory[1 << 16];
    for (int i = 0; i < kElements; ++i) x[i] = (float)(i % 7);
    nf_tensors tensors;
    nf_tensors_init(&tensors);
    tensors.x = x;
    tensors.y = y;
    tensors.workspace = memory + (NF_WORKSPACE_ALIGNMENT - (uintptr_t)memory % NF_WORKSPACE_ALIGNMENT);
    tensors.workspace_size = sizeof memory - NF_WORKSPACE_ALIGNMENT;
    if (failed(nf_plan_execute(plan, &tensors), "nf_plan_execute")) return 1;
    printf("y[3] = %.4f by %s\n", (double)y[3], nf_last_variant());
    nf_plan_destroy(plan);
    return 0;
}
