/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_WORDS_H
#define CBCNN_WORDS_H

#include "types.h"

/* Words of one pixel. */
static inline int32_t cbcnn_words_for(int32_t channels)
{
    return (channels + CBCNN_WORD_BITS - 1) / CBCNN_WORD_BITS;
}

#endif
