/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_INTERLEAVED_H
#define CBCNN_CONV_INTERLEAVED_H

#include "conv.h"
#include "types.h"

/* Filters that are computed together. */
#define CBCNN_BLOCK_FILTERS 32

/*
 * Filters in blocks. Behind the last one there are filters with weights of -1 that never fire.
 *
 * Weights: block x row x column x word of the input channels x filter of the block.
 * Thresholds: a word for each filter, in two's complement.
 */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    const cbcnn_word_t *weights;
    const cbcnn_word_t *thresholds;
    const cbcnn_word_t *complement;
} cbcnn_conv_interleaved_t;

#endif
