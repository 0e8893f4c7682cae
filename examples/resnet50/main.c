/* SPDX-License-Identifier: MIT
 * Runs one layer of ResNet-50, 512 channels of 7 x 7 at a batch of 32 with ReLU, with the kernel that was compiled for its
 * shape. */
#include <resnet50.h>
#include <stdio.h>
#include <stdlib.h>

enum { kImages = 32, kChannels = 512, kSide = 7, kElements = kImages * kChannels * kSide * kSide };

static int failed(nf_status status, const char *what) {
    if (status != NF_SUCCESS) fprintf(stderr, "%s: %s\n", what, nf_last_error());
    return status != NF_SUCCESS;
}

static int run(const nf_plan *plan, const float *x, float *y, char *memory) {
    nf_tensors tensors;
    nf_tensors_init(&tensors);
    tensors.x = x;
    tensors.y = y;
    tensors.workspace = memory;
    tensors.workspace_size = nf_plan_workspace_size(plan);
    for (int i = 0; i < kElements; ++i) y[i] = -1;
    if (failed(nf_plan_execute(plan, &tensors), "nf_plan_execute")) return 1;
    double sum = 0;
    for (int i = 0; i < kElements; ++i) sum += y[i];
    printf("%s\nran %s; mean of y: %.4f\n", nf_plan_describe(plan), nf_last_variant(), sum / kElements);
    return 0;
}

int main(void) {
    if (failed(nf_register(&nf_kernels_resnet50), "nf_register")) return 1; /* before plans are made */

    nf_description description;
    nf_description_init(&description, NF_FORWARD_TRAIN);
    const int64_t extents[] = {kImages, kChannels, kSide, kSide};
    description.x.rank = 4;
    for (int i = 0; i < 4; ++i) description.x.extents[i] = extents[i];
    description.epilogue = NF_EPILOGUE_RELU;
    nf_plan *plan = NULL;
    if (failed(nf_plan_create(&description, &plan), "nf_plan_create")) return 1;

    float *x = malloc(kElements * sizeof *x), *y = malloc(kElements * sizeof *y);
    char *memory = aligned_alloc(NF_WORKSPACE_ALIGNMENT, nf_plan_workspace_size(plan) + NF_WORKSPACE_ALIGNMENT -
                                                             nf_plan_workspace_size(plan) % NF_WORKSPACE_ALIGNMENT);
    int status = 1;
    if (x && y && memory) {
        for (int i = 0; i < kElements; ++i) x[i] = (float)(i * 37 % 101);
        status = run(plan, x, y, memory);
    }
    free(memory);
    free(y);
    free(x);
    nf_plan_destroy(plan);
    return status;
}
