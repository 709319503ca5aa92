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

/* Whether a bit is set in any lane. */
static inline int cbcnn_any(const cbcnn_lanes_t *lanes)
{
    return *lanes != 0;
}

/* Puts a bit in all lanes. */
static inline void cbcnn_spread(cbcnn_word_t bit, cbcnn_lanes_t *lanes)
{
    *lanes = 0 - bit;
}

#endif
