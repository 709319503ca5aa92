/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_MISMATCHES_H
#define CBCNN_MISMATCHES_H

#include "count_mismatches.h"
#include "patch_words.h"
#include "types.h"

/* The sum of products: those that match count +1, the others -1. */
static inline int32_t cbcnn_accumulate(
    const cbcnn_patch_t *patch,
    const CBCNN_TABLE cbcnn_word_t *filter)
{
    return patch->products - (cbcnn_count_mismatches(patch, filter) << 1);
}

#endif
