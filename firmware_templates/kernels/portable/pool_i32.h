/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_POOL_I32_H
#define CBCNN_POOL_I32_H

#include "geometry.h"
#include <stdint.h>

/* Pooling of integers or signs. */
typedef struct {
    cbcnn_map_t input;
    cbcnn_window_t window;
    cbcnn_map_t output;
} cbcnn_pool_i32_t;

/* The part of the map under one window. */
typedef struct {
    cbcnn_span_t rows;
    cbcnn_span_t columns;
} cbcnn_pool_area_t;

static inline cbcnn_pool_area_t cbcnn_pool_area(
    const cbcnn_pool_i32_t *layer,
    int32_t row,
    int32_t column)
{
    const cbcnn_window_t *window = &layer->window;
    const int32_t top = row * window->stride_height - window->top;
    const int32_t left = column * window->stride_width - window->left;
    cbcnn_pool_area_t area;
    area.rows = cbcnn_clip(top, window->height, layer->input.height);
    area.columns = cbcnn_clip(left, window->width, layer->input.width);
    return area;
}

#endif
