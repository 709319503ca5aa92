/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "scores_i32.h"

size_t cbcnn_scores_i32_i32(
    const cbcnn_scores_i32_t *layer,
    const int32_t *accumulators,
    int32_t *scores)
{
    int32_t best = 0;
    for (int32_t i = 0; i < layer->classes; i++) {
        if (accumulators[i] > accumulators[best]) {
            best = i;
        }
        if (scores != NULL) {
            scores[i] = accumulators[i];
        }
    }
    return (size_t)best;
}
