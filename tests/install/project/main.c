/* SPDX-License-Identifier: MIT
 * Outside user in C99: one forward pass in training mode whose result can be worked out by hand. */
#include <normforge/mxnet_v1.h>
#include <normforge/normforge.h>
#include <normforge/onnx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints why and ends with a failure, if a call did not succeed. */
static void require(nf_status status, const char *call) {
    if (status == NF_SUCCESS) return;
    fprintf(stderr, "%s: %s: %s\n", call, nf_status_string(status), nf_last_error());
    exit(EXIT_FAILURE);
}

int main(void) {
    /* Two channels of four elements. Channel 0: mean 4, variance 9. Channel 1: mean -1, variance 4. */
    const float x[] = {1, 7, 1, 7, -3, 1, -3, 1};
    const float expected[] = {-1, 1, -1, 1, -1, 1, -1, 1};
    const float expected_mean[] = {4, -1};
    float y[8], mean[2];
    size_t i;
    nf_description description;
    nf_tensors tensors;
    nf_plan *plan;
    void *workspace;
    nf_mxnet_v1_params params;
    nf_onnx_node node;

    require(nf_mxnet_v1_params_init(&params), "nf_mxnet_v1_params_init");
    require(nf_onnx_node_init(&node, 15), "nf_onnx_node_init");
    require(nf_description_init(&description, NF_FORWARD_TRAIN), "nf_description_init");
    description.eps = 0;
    description.x.rank = 4;
    description.x.extents[0] = 1;
    description.x.extents[1] = 2;
    description.x.extents[2] = 2;
    description.x.extents[3] = 2;
    require(nf_plan_create(&description, &plan), "nf_plan_create");

    require(nf_tensors_init(&tensors), "nf_tensors_init");
    tensors.x = x;
    tensors.y = y;
    tensors.saved_mean.data = mean;
    tensors.saved_mean.length = 2;
    tensors.workspace_size = nf_plan_workspace_size(plan);
    /* One alignment more, for malloc() promises less than a workspace needs. */
    workspace = malloc(tensors.workspace_size + NF_WORKSPACE_ALIGNMENT);
    if (!workspace) return EXIT_FAILURE;
    tensors.workspace =
        (void *)(((uintptr_t)workspace + NF_WORKSPACE_ALIGNMENT - 1) / NF_WORKSPACE_ALIGNMENT * NF_WORKSPACE_ALIGNMENT);
    require(nf_plan_execute(plan, &tensors), "nf_plan_execute");
    nf_plan_destroy(plan);
    free(workspace);

    for (i = 0; i < 8; i++) {
        if (y[i] < expected[i] - 1e-6f || y[i] > expected[i] + 1e-6f) {
            fprintf(stderr, "y[%u] is %g, expected %g\n", (unsigned)i, (double)y[i], (double)expected[i]);
            return EXIT_FAILURE;
        }
    }
    if (memcmp(mean, expected_mean, sizeof mean) != 0) {
        fprintf(stderr, "saved_mean is %g and %g, expected 4 and -1\n", (double)mean[0], (double)mean[1]);
        return EXIT_FAILURE;
    }
    printf("normforge %s: %s\n", nf_version(), nf_last_variant());
    return EXIT_SUCCESS;
}
