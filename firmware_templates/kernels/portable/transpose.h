/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_TRANSPOSE_H
#define CBCNN_TRANSPOSE_H

#include "lanes_type.h"
#include "types.h"

/*
 * Exchanges the bits of `upper` from `size` on with the lower ones of `lower`, in every group of
 * 2 * size bits; `low` has the lower half of each group set.
 */
static inline void cbcnn_exchange(
    cbcnn_lanes_t *upper,
    cbcnn_lanes_t *lower,
    int32_t size,
    cbcnn_word_t low)
{
    const cbcnn_lanes_t change = ((*upper >> size) ^ *lower) & low;
    *upper ^= change << size;
    *lower ^= change;
}

/*
 * Two steps of a transposition on four words that are `size` apart: quarters of 2 * size rows and
 * columns change places, then those of `size`.
 */
static inline void cbcnn_exchange_twice(
    cbcnn_lanes_t *row,
    int32_t size,
    cbcnn_word_t wide,
    cbcnn_word_t low)
{
    cbcnn_lanes_t a = row[0];
    cbcnn_lanes_t b = row[size];
    cbcnn_lanes_t c = row[2 * size];
    cbcnn_lanes_t d = row[3 * size];
    cbcnn_exchange(&a, &c, 2 * size, wide);
    cbcnn_exchange(&b, &d, 2 * size, wide);
    cbcnn_exchange(&a, &b, size, low);
    cbcnn_exchange(&c, &d, size, low);
    row[0] = a;
    row[size] = b;
    row[2 * size] = c;
    row[3 * size] = d;
}

/* Both steps on the whole square; `wide` has the lower half of each 4 * size bits set. */
static inline void cbcnn_exchange_all(cbcnn_lanes_t *square, int32_t size, cbcnn_word_t wide)
{
    const cbcnn_word_t low = wide ^ (wide << size);
    cbcnn_lanes_t *const end = square + CBCNN_WORD_BITS;
    for (cbcnn_lanes_t *top = square; top < end; top += 4 * size) {
        for (cbcnn_lanes_t *row = top; row < top + size; row++) {
            cbcnn_exchange_twice(row, size, wide, low);
        }
    }
}

/*
 * Transposes a square of as many words as a word has bits: bit i of word j and bit j of word i
 * change places. With lanes of several words, a square for each of them. Quarters off the diagonal
 * change places, then the same in each quarter, two steps in one pass over the square. Sizes are
 * constants, because Cortex-M has instructions that shift and combine by constants alone.
 */
static void cbcnn_transpose(cbcnn_lanes_t *square)
{
    const cbcnn_word_t all = (cbcnn_word_t)-1;
    cbcnn_lanes_t *const end = square + CBCNN_WORD_BITS;
    if (CBCNN_WORD_BITS == 64) {
        const cbcnn_word_t half = all >> (CBCNN_WORD_BITS / 2);
        cbcnn_exchange_all(square, 16, half);
        cbcnn_exchange_all(square, 4, all / 0x101);
        cbcnn_exchange_all(square, 1, all / 5);
        return;
    }
    cbcnn_exchange_all(square, 8, all / 0x10001);
    cbcnn_exchange_all(square, 2, all / 17);
    for (cbcnn_lanes_t *row = square; row < end; row += 2) {
        cbcnn_exchange(row, row + 1, 1, all / 3);
    }
}

#endif
