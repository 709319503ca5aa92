/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_DISTINCT_H
#define CBCNN_CONV_DISTINCT_H

#include "conv.h"
#include "types.h"

/* Rows and columns of the window, and the patterns of the weights of one of its rows. */
#define CBCNN_ROW_TAPS 3
#define CBCNN_ROW_PATTERNS 8

/*
 * The window is 3x3 with strides of 1; the pool is 2x2 with strides of 2, without padding. There are
 * at most 256 channels. An integer of the image is at most `largest_row` / 3 in magnitude, and
 * 6 * input channels * largest_row is below 2^15.
 *
 * kernels: different ones. patterns: kernel x input channel x row: bit i is set where tap i of the row
 * has the weight +1. counts: for each kernel how many filters have it.
 * channels: the output channel of each filter, in the order of kernels.
 * thresholds: in the same order, what the accumulator has to reach, plus
 * 3 * input channels * largest_row.
 */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    int32_t shift;
    int32_t offset;
    int32_t largest_row;
    int32_t kernels;
    const uint8_t *patterns;
    const uint8_t *counts;
    const uint8_t *channels;
    const cbcnn_threshold_t *thresholds;
    const cbcnn_word_t *complement;
} cbcnn_conv_distinct_t;

#endif
