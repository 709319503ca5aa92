/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_F32_H
#define CBCNN_CONV_F32_H

#include "geometry.h"
#include <stdint.h>

/*
 * A convolution of floats in `groups` of channels; `window` counts taps, which lie `row_step` rows
 * and `column_step` columns apart. `shift` and `offset` make integers of pixels. `bias` has an entry
 * for each output channel, or is NULL. Steps and their values are those of epilogue_f32.h.
 *
 * Weights lie group by group. In a group four output channels lie together: for each tap and input
 * channel their four weights; then the one to three channels that are left, each by itself.
 */
typedef struct {
    cbcnn_map_t input;
    cbcnn_window_t window;
    cbcnn_map_t output;
    int32_t row_step;
    int32_t column_step;
    int32_t groups;
    int32_t shift;
    int32_t offset;
    const float *weights;
    const float *bias;
    const uint8_t *steps;
    const float *values;
} cbcnn_conv_f32_t;

#endif
