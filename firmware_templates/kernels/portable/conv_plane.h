/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_PLANE_H
#define CBCNN_CONV_PLANE_H

#include "conv.h"
#include "types.h"

/* Weights: output channel x groups of four taps, two groups in a byte; see pattern_sums.h. */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    int32_t shift;
    int32_t offset;
    const CBCNN_TABLE uint8_t *weights;
    const CBCNN_TABLE cbcnn_threshold_t *thresholds;
    const CBCNN_TABLE cbcnn_word_t *complement;
} cbcnn_conv_plane_t;

#endif
