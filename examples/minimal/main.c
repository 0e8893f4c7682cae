/* SPDX-License-Identifier: MIT
 * Normalises two channels over a batch of two images, with a fused ReLU. */
#include <normforge/normforge.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    const float x[12] = {1, 2, 3, 10, 20, 30, 4, 5, 6, 40, 50, 60}; /* 2 images, 2 channels, 3 pixels */
    float y[12] = {0};

    nf_description description;
    nf_description_init(&description, NF_FORWARD_TRAIN);
    description.epilogue = NF_EPILOGUE_RELU;
    description.x = (nf_layout){.dtype = NF_F32, .rank = 3, .extents = {2, 2, 3}}; /* contiguous; axis 1 is the channel */
    nf_plan *plan = NULL;
    nf_status status = nf_plan_create(&description, &plan);

    nf_tensors tensors;
    nf_tensors_init(&tensors);
    tensors.x = x;
    tensors.y = y;
    tensors.workspace_size = nf_plan_workspace_size(plan);
    /* Room to begin at a multiple of the alignment. */
    char *memory = malloc(tensors.workspace_size + NF_WORKSPACE_ALIGNMENT);
    if (memory) tensors.workspace = memory + (NF_WORKSPACE_ALIGNMENT - (uintptr_t)memory % NF_WORKSPACE_ALIGNMENT);
    if (status == NF_SUCCESS) status = nf_plan_execute(plan, &tensors);

    for (int i = 0; status == NF_SUCCESS && i < 12; ++i) printf("%.4f%c", y[i], i % 3 == 2 ? '\n' : ' ');
    if (status != NF_SUCCESS) fprintf(stderr, "minimal: %s\n", nf_last_error());
    free(memory);
    nf_plan_destroy(plan);
    return status == NF_SUCCESS ? 0 : 1;
}
