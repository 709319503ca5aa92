/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_DEPTHWISE_I8_H
#define CBCNN_DEPTHWISE_I8_H

#include "conv_i8.h"

/* The taps of a window that lie on the map. */
typedef struct {
    cbcnn_span_t rows;
    cbcnn_span_t columns;
} cbcnn_met_t;

static inline cbcnn_met_t cbcnn_meet_map(const cbcnn_conv_i8_t *layer, int32_t top, int32_t left)
{
    cbcnn_met_t met;
    met.rows = cbcnn_clip(top, layer->window.height, layer->input.height);
    met.columns = cbcnn_clip(left, layer->window.width, layer->input.width);
    return met;
}

/* The sum of one channel, whose first integer and first weight are given; weights lie tap by tap. */
static inline int32_t cbcnn_sum_channel(
    const cbcnn_conv_i8_t *layer,
    const cbcnn_met_t *met,
    int32_t top,
    int32_t left,
    const int8_t *input,
    const CBCNN_TABLE int8_t *weights)
{
    const int32_t channels = layer->input.channels;
    int32_t sum = 0;
    for (int32_t y = met->rows.first; y < met->rows.end; y++) {
        const int32_t x = met->columns.first;
        const int8_t *from = input + (y * layer->input.width + x) * channels;
        const CBCNN_TABLE int8_t *weight =
            weights + ((y - top) * layer->window.width + x - left) * channels;
        for (int32_t i = met->columns.first; i < met->columns.end; i++) {
            sum += *from * *weight;
            from += channels;
            weight += channels;
        }
    }
    return sum;
}

#endif
