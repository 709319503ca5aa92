/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_GEOMETRY_H
#define CBCNN_GEOMETRY_H

#include <stdint.h>

typedef struct {
    int32_t height;
    int32_t width;
    int32_t channels;
} cbcnn_map_t;

/* A sliding window; the map is padded with `top` rows above and `left` columns before it. */
typedef struct {
    int32_t height;
    int32_t width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t top;
    int32_t left;
} cbcnn_window_t;

/* The positions first <= i < end. */
typedef struct {
    int32_t first;
    int32_t end;
} cbcnn_span_t;

/* Those of the `size` positions from `start` that lie in 0 <= i < limit. */
static inline cbcnn_span_t cbcnn_clip(int32_t start, int32_t size, int32_t limit)
{
    cbcnn_span_t span = {start, start + size};
    if (span.first < 0) {
        span.first = 0;
    }
    if (span.end > limit) {
        span.end = limit;
    }
    return span;
}

#endif
