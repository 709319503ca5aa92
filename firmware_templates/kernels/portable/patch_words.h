/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PATCH_WORDS_H
#define CBCNN_PATCH_WORDS_H

#include "types.h"

/*
 * Binary values that meet a filter: `runs` stretches of the filter, `run_words` words each and with
 * `skip_words` others between them, belong to the words at `words`, which follow each other.
 */
typedef struct {
    const cbcnn_word_t *words;
    int32_t products;
    int32_t first;
    int32_t runs;
    int32_t run_words;
    int32_t skip_words;
} cbcnn_patch_t;

#endif
