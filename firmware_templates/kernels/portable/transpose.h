/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_TRANSPOSE_H
#define CBCNN_TRANSPOSE_H

#include "types.h"

/*
 * Transposes a square of as many words as a word has bits: bit i of word j and bit j of word i
 * change places. Quarters off the diagonal are exchanged, then the same in each quarter.
 */
static void cbcnn_transpose(cbcnn_word_t *square)
{
    int32_t size = CBCNN_WORD_BITS / 2;
    cbcnn_word_t low = (cbcnn_word_t)-1 >> size;
    while (size > 0) {
        for (int32_t top = 0; top < CBCNN_WORD_BITS; top += 2 * size) {
            for (int32_t row = top; row < top + size; row++) {
                const cbcnn_word_t upper = square[row];
                const cbcnn_word_t lower = square[row + size];
                const cbcnn_word_t change = ((upper >> size) ^ lower) & low;
                square[row] = upper ^ (change << size);
                square[row + size] = lower ^ change;
            }
        }
        size /= 2;
        low ^= low << size;
    }
}

#endif
