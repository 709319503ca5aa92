/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANE_ADDERS_H
#define CBCNN_LANE_ADDERS_H

#include "lanes_type.h"

/*
 * The adders of the portable file of this name. AVX-512 has an instruction for every function of
 * three bits, named by its truth table: 0x96 is their parity, 0xe8 their majority.
 */
static inline void cbcnn_full_add(cbcnn_lanes_t *sum, const cbcnn_lanes_t *a, cbcnn_lanes_t *b)
{
    const cbcnn_lanes_t digit = *sum;
#if defined(__AVX512VL__) && CBCNN_WORD_BITS == 64
    typedef long long cbcnn_quad_words_t __attribute__((vector_size(32)));
    const cbcnn_quad_words_t x = (cbcnn_quad_words_t)digit;
    const cbcnn_quad_words_t y = (cbcnn_quad_words_t)*a;
    const cbcnn_quad_words_t z = (cbcnn_quad_words_t)*b;
    *sum = (cbcnn_lanes_t)__builtin_ia32_pternlogq256_mask(x, y, z, 0x96, 0xff);
    *b = (cbcnn_lanes_t)__builtin_ia32_pternlogq256_mask(x, y, z, 0xe8, 0xff);
#else
    const cbcnn_lanes_t either = digit ^ *a;
    const cbcnn_lanes_t other = digit ^ *b;
    *sum = either ^ *b;
    *b = digit ^ (either & other);
#endif
}

/* Adds a to the digit *sum of every lane; a becomes the carries. */
static inline void cbcnn_half_add(cbcnn_lanes_t *sum, cbcnn_lanes_t *a)
{
    const cbcnn_lanes_t digit = *sum;
    *sum = digit ^ *a;
    *a &= digit;
}

#endif
