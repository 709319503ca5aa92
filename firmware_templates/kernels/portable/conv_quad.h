/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_QUAD_H
#define CBCNN_CONV_QUAD_H

#include "conv.h"
#include "types.h"

/*
 * Weights: output channel x groups of `group_taps` taps, 1 to 5; an even number of groups. A group
 * is a byte, tap i in bit i, set for +1; bits of taps beyond the last one do not matter.
 *
 * starts: for each output channel 2^15 minus its threshold, in both halves of 32 bits.
 * Accumulators and thresholds are at most 2^14 in magnitude.
 */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    int32_t shift;
    int32_t offset;
    int32_t group_taps;
    int32_t groups;
    const uint8_t *weights;
    const uint32_t *starts;
    const cbcnn_word_t *complement;
} cbcnn_conv_quad_t;

#endif
