/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"

/*
 * With N pixels, s1 and s2 the sums of x and x^2, V = max(N s2 - s1^2, N) and d = N x - s1, level x
 * becomes q = d * scale / sqrt(V), and |q| >= k exactly when (2 scale |d|)^2 >= (2 k - 1)^2 V. For
 * N <= 2^16 and scale <= 127 all of this is below 2^64.
 */
static int32_t cbcnn_standardise(uint64_t distance, uint64_t variance, uint32_t scale)
{
    const uint64_t root = 2 * scale * distance;
    const uint64_t square = root * root;
    int32_t low = 0;
    int32_t high = 127;
    while (low < high) {
        const int32_t k = (low + high + 1) / 2;
        const uint64_t bound = (uint64_t)(uint32_t)((2 * k - 1) * (2 * k - 1)) * variance;
        if (square >= bound) {
            low = k;
        } else {
            high = k - 1;
        }
    }
    return low;
}

void cbcnn_standardise_levels(
    const uint32_t *counts,
    int32_t pixels,
    uint32_t scale,
    uint8_t *levels)
{
    const uint64_t count = (uint32_t)pixels;
    uint64_t sum = 0;
    uint64_t squares = 0;
    for (int32_t i = 0; i < 256; i++) {
        const uint64_t level = levels[i];
        sum += counts[i] * level;
        squares += counts[i] * level * level;
    }
    uint64_t variance = count * squares - sum * sum;
    if (variance < count) {
        variance = count;
    }
    for (int32_t i = 0; i < 256; i++) {
        const uint64_t scaled = count * levels[i];
        const uint64_t distance = scaled >= sum ? scaled - sum : sum - scaled;
        const int32_t size = cbcnn_standardise(distance, variance, scale);
        levels[i] = (uint8_t)(scaled >= sum ? size : -size);
    }
}
