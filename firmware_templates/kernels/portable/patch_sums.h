/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PATCH_SUMS_H
#define CBCNN_PATCH_SUMS_H

#include "types.h"
#include <stdint.h>

/*
 * Sums of products of one or two filters with one or two patches, `quads` times four of each;
 * conv_i8.h says how weights lie. Sums of the first filter come first.
 */
static inline void cbcnn_sum_two_by_two(
    const CBCNN_TABLE int8_t *weights,
    const int16_t *patch,
    const int16_t *other,
    int32_t quads,
    int32_t *sums)
{
    int32_t a = 0;
    int32_t b = 0;
    int32_t c = 0;
    int32_t d = 0;
    for (int32_t i = 0; i < quads; i++) {
        a += weights[0] * patch[0] + weights[2] * patch[1];
        a += weights[1] * patch[2] + weights[3] * patch[3];
        b += weights[0] * other[0] + weights[2] * other[1];
        b += weights[1] * other[2] + weights[3] * other[3];
        c += weights[4] * patch[0] + weights[6] * patch[1];
        c += weights[5] * patch[2] + weights[7] * patch[3];
        d += weights[4] * other[0] + weights[6] * other[1];
        d += weights[5] * other[2] + weights[7] * other[3];
        weights += 8;
        patch += 4;
        other += 4;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

/* One filter and one patch; `step` is 8 where the filter lies beside another one, else 4. */
static inline int32_t cbcnn_sum_one_by_one(
    const CBCNN_TABLE int8_t *weights,
    int32_t step,
    const int16_t *patch,
    int32_t quads)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < quads; i++) {
        sum += weights[0] * patch[0] + weights[2] * patch[1];
        sum += weights[1] * patch[2] + weights[3] * patch[3];
        weights += step;
        patch += 4;
    }
    return sum;
}

#endif
