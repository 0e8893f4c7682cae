/* SPDX-License-Identifier: MIT
 * A C99 program's use of the two C headers: it must compile without a warning, and do in C what it says. */
#include <normforge/kernel_table.h>
#include <normforge/normforge.h>

/* Runs inference on four values with mean 1, variance 4, eps 0: y = (x - 1) / 2. Returns the first failure. */
nf_status c_header_inference(float *y);

nf_status c_header_inference(float *y) {
    float x[4] = {1, 3, 5, 7}, mean[1] = {1}, variance[1] = {4};
    /* Enough for one channel, whatever the kernel asks for, and aligned by hand: C99 has no alignas. */
    unsigned char memory[4096 + NF_WORKSPACE_ALIGNMENT];
    nf_description description;
    nf_tensors tensors;
    nf_plan *plan = NULL;
    nf_status status;

    nf_description_init(&description, NF_FORWARD_INFERENCE);
    description.x.rank = 2;
    description.x.extents[0] = 4;
    description.x.extents[1] = 1;
    description.eps = 0;
    status = nf_plan_create(&description, &plan);
    if (status != NF_SUCCESS) return status;

    nf_tensors_init(&tensors);
    tensors.x = x;
    tensors.y = y;
    tensors.running_mean.data = mean;
    tensors.running_mean.length = 1;
    tensors.running_variance.data = variance;
    tensors.running_variance.length = 1;
    tensors.workspace = memory + (NF_WORKSPACE_ALIGNMENT - (uintptr_t)memory % NF_WORKSPACE_ALIGNMENT);
    tensors.workspace_size = 4096;
    status = nf_plan_execute(plan, &tensors);
    nf_plan_destroy(plan);
    return status;
}
