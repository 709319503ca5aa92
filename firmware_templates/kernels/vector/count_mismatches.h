/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_MISMATCHES_H
#define CBCNN_COUNT_MISMATCHES_H

#include "patch_words.h"
#include "types.h"

/* The number of bits in which a patch and a filter differ, by the machine's own population count. */
static int32_t cbcnn_count_mismatches(
    const cbcnn_patch_t *patch,
    const CBCNN_TABLE cbcnn_word_t *filter)
{
    const cbcnn_word_t *x = patch->words;
    const CBCNN_TABLE cbcnn_word_t *w = filter + patch->first;
    int32_t count = 0;
    for (int32_t run = 0; run < patch->runs; run++) {
        for (int32_t left = patch->run_words; left > 0; left--) {
            count += (int32_t)__builtin_popcountll(*x++ ^ *w++);
        }
        w += patch->skip_words;
    }
    return count;
}

#endif
