/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_B1_H
#define CBCNN_CONV_B1_H

#include "conv.h"
#include "types.h"

/* Weights: output channel x row x column x words of the input channels. */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    const CBCNN_TABLE cbcnn_word_t *weights;
    const CBCNN_TABLE cbcnn_threshold_t *thresholds;
    const CBCNN_TABLE cbcnn_word_t *complement;
} cbcnn_conv_b1_t;

#endif
