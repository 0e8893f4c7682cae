/* SPDX-License-Identifier: MIT
 * Prints which kernel a plan for the problem of model.txt takes. */
#include <extra.h>
#include <model.h>
#include <stdio.h>

int main(void) {
    const int64_t extents[] = {2, 3, 20, 20};
    nf_description description;
    nf_plan *plan;
    int i;

    if (nf_register(&nf_kernels_model) != NF_SUCCESS || nf_register(&nf_kernels_extra) != NF_SUCCESS ||
        nf_description_init(&description, NF_FORWARD_TRAIN) != NF_SUCCESS)
        return 1;
    description.x.rank = 4;
    for (i = 0; i < 4; i++) description.x.extents[i] = extents[i];
    if (nf_plan_create(&description, &plan) != NF_SUCCESS) {
        fprintf(stderr, "%s\n", nf_last_error());
        return 1;
    }
    puts(nf_plan_describe(plan));
    nf_plan_destroy(plan);
    return 0;
}
