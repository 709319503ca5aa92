/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_MISMATCHES_H
#define CBCNN_COUNT_MISMATCHES_H

#include "byte_counts.h"
#include "patch_words.h"
#include "types.h"

/* Words whose ones, at most 16 each, 16 bits can count while a byte counts the words. */
#define CBCNN_STRETCH_WORDS 128

/* The number of bits in which a patch and a filter differ. */
static int32_t cbcnn_count_mismatches(
    const cbcnn_patch_t *patch,
    const CBCNN_TABLE cbcnn_word_t *filter)
{
    const cbcnn_word_t *x = patch->words;
    const CBCNN_TABLE cbcnn_word_t *w = filter + patch->first;
    int32_t total = 0;
    for (int32_t run = 0; run < patch->runs; run++) {
        int32_t left = patch->run_words;
        while (left > 0) {
            const int32_t stretch = left < CBCNN_STRETCH_WORDS ? left : CBCNN_STRETCH_WORDS;
            uint16_t sum = 0;
            for (uint8_t words = (uint8_t)stretch; words > 0; words--) {
                sum = (uint16_t)(sum + cbcnn_count_ones((cbcnn_word_t)(*x++ ^ *w++)));
            }
            total += sum;
            left -= stretch;
        }
        w += patch->skip_words;
    }
    return total;
}

#endif
