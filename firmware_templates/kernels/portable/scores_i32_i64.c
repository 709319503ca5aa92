/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "scores_i64.h"

/* Rounds to 24 significant bits, half to even: what float32 does to a number in its range. */
static int64_t cbcnn_round24(int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int32_t drop = 0;
    while ((magnitude >> drop) >= ((uint64_t)1 << 24)) {
        drop++;
    }
    if (drop > 0) {
        const uint64_t odd = (magnitude >> drop) & 1;
        magnitude += ((uint64_t)1 << (drop - 1)) - 1 + odd;
        magnitude = (magnitude >> drop) << drop;
    }
    return value < 0 ? -(int64_t)magnitude : (int64_t)magnitude;
}

size_t cbcnn_scores_i32_i64(
    const cbcnn_scores_i64_t *layer,
    const int32_t *accumulators,
    int64_t *scores)
{
    int32_t best = 0;
    int64_t largest = 0;
    for (int32_t i = 0; i < layer->classes; i++) {
        const int64_t product = accumulators[i] * layer->multipliers[i];
        const int64_t sum = cbcnn_round24(product) + layer->offsets[i];
        const int64_t score = cbcnn_round24(sum);
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
