/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANES_TYPE_H
#define CBCNN_LANES_TYPE_H

#include "types.h"

/*
 * The lanes of the portable file of this name as a vector of 256 bits, which GCC and Clang map to
 * what registers there are. A vector needs no more alignment than its words.
 */
#define CBCNN_LANE_WORDS (256 / CBCNN_WORD_BITS)
typedef cbcnn_word_t cbcnn_lanes_t __attribute__((vector_size(32), aligned(CBCNN_WORD_BITS / 8)));

/* As in the portable file, but to add nothing takes less time than to look and to branch. */
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
