/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_ROW_SUMS_H
#define CBCNN_ROW_SUMS_H

#include "conv_distinct.h"
#include "pixel.h"
#include "types.h"

/* Rows and columns that the four windows of a pooled pixel cover. */
#define CBCNN_PATCH 4

/* Sums of rows: pattern x row of the patch, for one channel. */
typedef struct {
    uint32_t sums[CBCNN_ROW_PATTERNS][CBCNN_PATCH];
} cbcnn_row_sums_t;

static inline uint32_t cbcnn_read_inside(
    const cbcnn_conv_distinct_t *layer,
    const cbcnn_pixel_t *pixel)
{
    return (uint32_t)cbcnn_pixel_value(*pixel, layer->shift, layer->offset);
}

/* The integer under one tap; `row` and `column` may lie outside the map. */
static inline uint32_t cbcnn_read_patch(
    const cbcnn_conv_distinct_t *layer,
    int32_t row,
    int32_t column,
    const cbcnn_pixel_t *input)
{
    const cbcnn_map_t *map = &layer->conv.input;
    if (row < 0 || row >= map->height || column < 0 || column >= map->width) {
        return (uint32_t)layer->pad;
    }
    return cbcnn_read_inside(layer, input + (row * map->width + column) * map->channels);
}

/* The sums of one row of a patch, for all patterns. Those of opposite patterns are opposite. */
static inline void cbcnn_sum_row(
    const uint32_t *values,
    uint32_t largest,
    uint32_t (*sums)[CBCNN_PATCH])
{
    const uint32_t bias = largest * 0x10001;
    const uint32_t left = values[0] + (values[1] << 16);
    const uint32_t middle = values[1] + (values[2] << 16);
    const uint32_t right = values[2] + (values[3] << 16);
    const uint32_t sum = left + middle;
    const uint32_t difference = left - middle;
    sums[7][0] = bias + (sum + right);
    sums[0][0] = bias - (sum + right);
    sums[3][0] = bias + (sum - right);
    sums[4][0] = bias - (sum - right);
    sums[5][0] = bias + (difference + right);
    sums[2][0] = bias - (difference + right);
    sums[1][0] = bias + (difference - right);
    sums[6][0] = bias - (difference - right);
}

/* The table of one channel for the pooled pixel whose windows start at `top` and `left`. */
static void cbcnn_sum_rows(
    const cbcnn_conv_distinct_t *layer,
    int32_t top,
    int32_t left,
    const cbcnn_pixel_t *input,
    cbcnn_row_sums_t *table)
{
    const cbcnn_map_t *map = &layer->conv.input;
    const int32_t bottom = top + CBCNN_PATCH;
    const int32_t right = left + CBCNN_PATCH;
    const int inside = top >= 0 && left >= 0 && bottom <= map->height && right <= map->width;
    const cbcnn_pixel_t *corner = input;
    if (inside) {
        corner += (top * map->width + left) * map->channels;
    }
    for (int32_t i = 0; i < CBCNN_PATCH; i++) {
        uint32_t values[CBCNN_PATCH];
        if (inside) {
            for (int32_t j = 0; j < CBCNN_PATCH; j++) {
                values[j] = cbcnn_read_inside(layer, corner + j * map->channels);
            }
            corner += map->width * map->channels;
        } else {
            for (int32_t j = 0; j < CBCNN_PATCH; j++) {
                values[j] = cbcnn_read_patch(layer, top + i, left + j, input);
            }
        }
        cbcnn_sum_row(
            values,
            (uint32_t)layer->largest_row,
            (uint32_t(*)[CBCNN_PATCH])(void *)&table->sums[0][i]);
    }
}

#endif
