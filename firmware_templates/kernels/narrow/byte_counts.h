/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BYTE_COUNTS_H
#define CBCNN_BYTE_COUNTS_H

#include "types.h"

/*
 * Words of 8 or 16 bits, of processors whose registers are as narrow. A table counts the ones of a
 * byte; full adders would need more registers than there are.
 */
static const CBCNN_TABLE uint8_t cbcnn_ones[256] = {
    0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 1, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5,
    1, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5, 2, 3, 3, 4, 3, 4, 4, 5, 3, 4, 4, 5, 4, 5, 5, 6,
    1, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5, 2, 3, 3, 4, 3, 4, 4, 5, 3, 4, 4, 5, 4, 5, 5, 6,
    2, 3, 3, 4, 3, 4, 4, 5, 3, 4, 4, 5, 4, 5, 5, 6, 3, 4, 4, 5, 4, 5, 5, 6, 4, 5, 5, 6, 5, 6, 6, 7,
    1, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5, 2, 3, 3, 4, 3, 4, 4, 5, 3, 4, 4, 5, 4, 5, 5, 6,
    2, 3, 3, 4, 3, 4, 4, 5, 3, 4, 4, 5, 4, 5, 5, 6, 3, 4, 4, 5, 4, 5, 5, 6, 4, 5, 5, 6, 5, 6, 6, 7,
    2, 3, 3, 4, 3, 4, 4, 5, 3, 4, 4, 5, 4, 5, 5, 6, 3, 4, 4, 5, 4, 5, 5, 6, 4, 5, 5, 6, 5, 6, 6, 7,
    3, 4, 4, 5, 4, 5, 5, 6, 4, 5, 5, 6, 5, 6, 6, 7, 4, 5, 5, 6, 5, 6, 6, 7, 5, 6, 6, 7, 6, 7, 7, 8,
};

/* Words whose ones, at most 8 in a byte of each, a byte can count. */
#define CBCNN_MOST_WORDS 31

/* The number of ones in a word. */
static inline uint8_t cbcnn_count_ones(cbcnn_word_t word)
{
    uint8_t ones = cbcnn_ones[word & 0xff];
    if (CBCNN_WORD_BITS == 16) {
        ones = (uint8_t)(ones + cbcnn_ones[(uint16_t)word >> 8]);
    }
    return ones;
}

/* The number of ones in each byte of a word. */
static inline cbcnn_word_t cbcnn_count_bytes(cbcnn_word_t word)
{
    const uint16_t low = cbcnn_ones[word & 0xff];
    if (CBCNN_WORD_BITS == 8) {
        return (cbcnn_word_t)low;
    }
    return (cbcnn_word_t)(low | (uint16_t)(cbcnn_ones[(uint16_t)word >> 8] << 8));
}

/* The sum of the bytes of a word. */
static inline int32_t cbcnn_add_bytes(cbcnn_word_t bytes)
{
    return (int32_t)(bytes & 0xff) + ((uint16_t)bytes >> 8);
}

#endif
