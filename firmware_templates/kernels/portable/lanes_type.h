/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANES_TYPE_H
#define CBCNN_LANES_TYPE_H

#include "types.h"

/*
 * The lanes that bit slicing computes at once: CBCNN_LANE_WORDS words, lane i in bit
 * i % CBCNN_WORD_BITS of word i / CBCNN_WORD_BITS. Operators work on all of them. Functions take
 * pointers to them: how vectors are passed by value depends on the flags of the compiler.
 */
#define CBCNN_LANE_WORDS 1
typedef cbcnn_word_t cbcnn_lanes_t;

/* Whether carries have to be added to `plane` and those after it: not when none is set. */
static inline int cbcnn_carries_on(
    const cbcnn_lanes_t *carries,
    const cbcnn_lanes_t *plane,
    const cbcnn_lanes_t *end)
{
    (void)plane;
    (void)end;
    return *carries != 0;
}

/* Puts a bit in all lanes. */
static inline void cbcnn_spread(cbcnn_word_t bit, cbcnn_lanes_t *lanes)
{
    *lanes = 0 - bit;
}

#endif
