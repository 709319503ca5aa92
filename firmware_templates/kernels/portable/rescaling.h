/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_RESCALING_H
#define CBCNN_RESCALING_H

#include "types.h"
#include <stdint.h>

#if - 3 >> 1 != -2
#error "a shift to the right has to copy the sign"
#endif

/*
 * From integers on one scale to those on another. Each channel has a row of a table: a multiplier
 * m, a bias, with `offsets` an offset, and, where `bends` is 2, the multiplier where v is not
 * positive; where it is 1, that is 0, and where it is 0, the same one. For an integer x, with
 * v = x * 2^left + bias, the result is floor(v * m / 2^32 + 1/2) + offset, cut to low and high. v fits
 * 32 bits. Rows lie `step` integers apart: 0 if all channels have the same one.
 */
typedef struct {
    int32_t left;
    int32_t low;
    int32_t high;
    int32_t bends;
    int32_t offsets;
    int32_t step;
} cbcnn_rescaling_t;

static inline int32_t cbcnn_limit(int32_t x, int32_t low, int32_t high)
{
    const int32_t raised = x < low ? low : x;
    return raised > high ? high : raised;
}

/* floor(x / 2^bits + 1/2), for 1 to 30 bits; for 0 bits x. */
static inline int32_t cbcnn_round_shift(int32_t x, int32_t bits)
{
    return (x + (((int32_t)1 << bits) >> 1)) >> bits;
}

static inline int32_t cbcnn_rescale(
    const cbcnn_rescaling_t *to,
    const CBCNN_TABLE int32_t *row,
    int32_t x)
{
    const int32_t v = x * ((int32_t)1 << to->left) + row[1];
    int32_t factor = row[0];
    if (to->bends != 0 && v <= 0) {
        factor = to->bends == 1 ? 0 : row[2 + to->offsets];
    }
    int32_t scaled = (int32_t)(((int64_t)v * factor + ((int64_t)1 << 31)) >> 32);
    if (to->offsets != 0) {
        scaled += row[2];
    }
    return cbcnn_limit(scaled, to->low, to->high);
}

#endif
