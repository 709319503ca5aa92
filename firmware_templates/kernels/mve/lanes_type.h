/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANES_TYPE_H
#define CBCNN_LANES_TYPE_H

#include "types.h"

/*
 * The lanes of the portable file of this name as a vector of 128 bits, a register of MVE. It needs no
 * more alignment than its words.
 */
#define CBCNN_LANE_WORDS (128 / CBCNN_WORD_BITS)
typedef cbcnn_word_t cbcnn_lanes_t __attribute__((vector_size(16), aligned(CBCNN_WORD_BITS / 8)));

/* As in the portable file, but to look at a vector takes as long as to add it. */
static inline int cbcnn_carries_on(
    const cbcnn_lanes_t *carries,
    const cbcnn_lanes_t *plane,
    const cbcnn_lanes_t *end)
{
    (void)carries;
    return plane < end;
}

/* Puts a bit in all lanes. */
static inline void cbcnn_spread(cbcnn_word_t bit, cbcnn_lanes_t *lanes)
{
    const cbcnn_lanes_t none = {0};
    *lanes = none - bit;
}

#endif
