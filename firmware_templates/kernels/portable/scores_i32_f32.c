/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "scores_f32.h"

/* The store to a volatile rounds the product: no compiler may fuse it with the addition. */
static float cbcnn_multiply_add(float x, float multiplier, float offset)
{
    const volatile float product = x * multiplier;
    const volatile float sum = product + offset;
    return sum;
}

size_t cbcnn_scores_i32_f32(
    const cbcnn_scores_f32_t *layer,
    const int32_t *accumulators,
    float *scores)
{
    int32_t best = 0;
    float largest = 0;
    for (int32_t i = 0; i < layer->classes; i++) {
        const float x = (float)accumulators[i];
        const float multiplier = layer->multipliers[i];
        const float score = cbcnn_multiply_add(x, multiplier, layer->offsets[i]);
        if (i == 0 || score > largest) {
            best = i;
            largest = score;
        }
        if (scores != NULL) {
            scores[i] = score;
        }
    }
    return (size_t)best;
}
