/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_POOL_NARROW_H
#define CBCNN_POOL_NARROW_H

#include "geometry.h"
#include <stdint.h>

/* Pooling of integers of 8 or 16 bits; sums are shifted to the left before they are divided. */
typedef struct {
    cbcnn_map_t input;
    cbcnn_window_t window;
    cbcnn_map_t output;
    int32_t left;
} cbcnn_pool_narrow_t;

/* The part of the map under a window. */
typedef struct {
    cbcnn_span_t rows;
    cbcnn_span_t columns;
} cbcnn_beneath_t;

static inline cbcnn_beneath_t cbcnn_beneath_window(
    const cbcnn_pool_narrow_t *layer,
    int32_t row,
    int32_t column)
{
    const cbcnn_window_t *window = &layer->window;
    cbcnn_beneath_t under;
    under.rows =
        cbcnn_clip(row * window->stride_height - window->top, window->height, layer->input.height);
    under.columns =
        cbcnn_clip(column * window->stride_width - window->left, window->width, layer->input.width);
    return under;
}

#endif
