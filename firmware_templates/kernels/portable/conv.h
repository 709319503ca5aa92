/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_H
#define CBCNN_CONV_H

#include "geometry.h"
#include <stdint.h>

/* A convolution and the max pooling of its accumulators; a pool of 1x1 pools nothing. */
typedef struct {
    cbcnn_map_t input;
    cbcnn_window_t window;
    cbcnn_map_t convolved;
    cbcnn_window_t pool;
    cbcnn_map_t output;
} cbcnn_conv_t;

/* Rows and columns of the convolution that one pooled pixel is made of. */
typedef struct {
    cbcnn_span_t rows;
    cbcnn_span_t columns;
} cbcnn_area_t;

static inline cbcnn_area_t cbcnn_pooled_area(const cbcnn_conv_t *conv, int32_t row, int32_t column)
{
    const cbcnn_window_t *pool = &conv->pool;
    const int32_t top = row * pool->stride_height - pool->top;
    const int32_t left = column * pool->stride_width - pool->left;
    cbcnn_area_t area;
    area.rows = cbcnn_clip(top, pool->height, conv->convolved.height);
    area.columns = cbcnn_clip(left, pool->width, conv->convolved.width);
    return area;
}

#endif
