/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PATTERN_SUMS_H
#define CBCNN_PATTERN_SUMS_H

#include "types.h"
#include <stdint.h>

/*
 * Weights of -1 and +1 turn four integers into one of 16 sums. The sums are made once and shared by
 * all filters, so four products cost one look-up and one addition. The pattern of a group of four
 * taps is a nibble, tap i in bit i, set for +1; two groups share a byte, the first one in the low
 * nibble. Taps beyond the last one are 0 and their bits do not matter.
 */
#define CBCNN_GROUP_TAPS 4
#define CBCNN_GROUP_SUMS 16

static inline int32_t cbcnn_groups_for(int32_t taps)
{
    return (taps + CBCNN_GROUP_TAPS - 1) / CBCNN_GROUP_TAPS;
}

static inline int32_t cbcnn_pattern_bytes(int32_t groups)
{
    return (groups + 1) / 2;
}

/* All 16 sums of four taps: each tap doubles the number of sums made. */
static inline void cbcnn_make_pattern_sums(const int32_t *taps, int32_t *sums)
{
    sums[0] = -taps[0] - taps[1] - taps[2] - taps[3];
    for (int32_t tap = 0; tap < CBCNN_GROUP_TAPS; tap++) {
        const int32_t made = 1 << tap;
        const int32_t change = taps[tap] + taps[tap];
        for (int32_t pattern = 0; pattern < made; pattern++) {
            sums[made + pattern] = sums[pattern] + change;
        }
    }
}

/* The sum of products of `groups` groups of taps with one filter. */
static inline int32_t cbcnn_add_patterns(
    const int32_t *sums,
    const CBCNN_TABLE uint8_t *patterns,
    int32_t groups)
{
    int32_t total = 0;
    for (; groups >= 2; groups -= 2) {
        const uint32_t pair = *patterns++;
        total += sums[pair & 15] + sums[CBCNN_GROUP_SUMS + (pair >> 4)];
        sums += 2 * CBCNN_GROUP_SUMS;
    }
    if (groups > 0) {
        total += sums[*patterns & 15];
    }
    return total;
}

#endif
