/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_RESCALED_CONV_H
#define CBCNN_RESCALED_CONV_H

#include "add_i16.h"
#include "conv_b1.h"
#include "rescaling.h"

/* A convolution of signs; its pooled sums on another scale. */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    cbcnn_rescaling_t to;
    const CBCNN_TABLE cbcnn_word_t *weights;
    const CBCNN_TABLE int32_t *scales;
} cbcnn_conv_b1_i16_t;

/* The same, added to another map. */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    cbcnn_rescaling_t to;
    cbcnn_add_i16_t add;
    const CBCNN_TABLE cbcnn_word_t *weights;
    const CBCNN_TABLE int32_t *scales;
} cbcnn_conv_shortcut_b1_i16_t;

#endif
