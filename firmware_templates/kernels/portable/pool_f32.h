/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_POOL_F32_H
#define CBCNN_POOL_F32_H

#include "geometry.h"
#include <stdint.h>

/* Pooling of floats; `lanes` is how many sums of its own each window makes, one after the other. */
typedef struct {
    cbcnn_map_t input;
    cbcnn_window_t window;
    cbcnn_map_t output;
    int32_t lanes;
} cbcnn_pool_f32_t;

/* The part of the map under a window. */
typedef struct {
    cbcnn_span_t rows;
    cbcnn_span_t columns;
} cbcnn_under_t;

static inline cbcnn_under_t cbcnn_under_window(
    const cbcnn_pool_f32_t *layer,
    int32_t row,
    int32_t column)
{
    const cbcnn_window_t *window = &layer->window;
    cbcnn_under_t under;
    under.rows =
        cbcnn_clip(row * window->stride_height - window->top, window->height, layer->input.height);
    under.columns =
        cbcnn_clip(column * window->stride_width - window->left, window->width, layer->input.width);
    return under;
}

#endif
