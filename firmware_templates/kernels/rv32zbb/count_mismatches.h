/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_MISMATCHES_H
#define CBCNN_COUNT_MISMATCHES_H

#include "patch_words.h"
#include "types.h"

/*
 * The number of bits in which a patch and a filter differ, by CPOP: 5 instructions a word and 4 for
 * every four, where adders would take 10 a word.
 */
static inline int32_t cbcnn_count_word(cbcnn_word_t a, cbcnn_word_t b)
{
    return __builtin_popcountl(a ^ b);
}

static int32_t cbcnn_count_mismatches(
    const cbcnn_patch_t *patch,
    const CBCNN_TABLE cbcnn_word_t *filter)
{
    const cbcnn_word_t *x = patch->words;
    const CBCNN_TABLE cbcnn_word_t *w = filter + patch->first;
    int32_t count = 0;
    for (int32_t run = 0; run < patch->runs; run++) {
        int32_t left = patch->run_words;
        for (; left >= 4; left -= 4) {
            count += cbcnn_count_word(x[0], w[0]) + cbcnn_count_word(x[1], w[1]);
            count += cbcnn_count_word(x[2], w[2]) + cbcnn_count_word(x[3], w[3]);
            x += 4;
            w += 4;
        }
        for (; left > 0; left--) {
            count += cbcnn_count_word(*x++, *w++);
        }
        w += patch->skip_words;
    }
    return count;
}

#endif
