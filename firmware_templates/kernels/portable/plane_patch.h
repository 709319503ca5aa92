/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PLANE_PATCH_H
#define CBCNN_PLANE_PATCH_H

#include "conv_plane.h"
#include "geometry.h"
#include "pattern_sums.h"
#include "pixel.h"
#include "types.h"

static inline int32_t cbcnn_filter_groups(const cbcnn_conv_t *conv)
{
    const int32_t taps = conv->window.height * conv->window.width;
    return cbcnn_groups_for(taps * conv->input.channels);
}

/* The value of one tap; `row` and `column` may lie outside the map. */
static inline int32_t cbcnn_read_tap(
    const cbcnn_conv_plane_t *layer,
    int32_t row,
    int32_t column,
    int32_t channel,
    const cbcnn_pixel_t *input)
{
    const cbcnn_map_t *map = &layer->conv.input;
    if (row < 0 || row >= map->height || column < 0 || column >= map->width) {
        return layer->pad;
    }
    const int32_t pixel = row * map->width + column;
    const cbcnn_pixel_t x = input[pixel * map->channels + channel];
    return cbcnn_pixel_value(x, layer->shift, layer->offset);
}

/* The pattern sums of the taps under the window at one pixel of the convolution. */
static void cbcnn_gather_sums(
    const cbcnn_conv_plane_t *layer,
    int32_t row,
    int32_t column,
    const cbcnn_pixel_t *input,
    int32_t *sums)
{
    const cbcnn_window_t *window = &layer->conv.window;
    const int32_t top = row * window->stride_height - window->top;
    const int32_t left = column * window->stride_width - window->left;
    int32_t taps[CBCNN_GROUP_TAPS] = {0, 0, 0, 0};
    int32_t filled = 0;
    for (int32_t i = top; i < top + window->height; i++) {
        for (int32_t j = left; j < left + window->width; j++) {
            for (int32_t channel = 0; channel < layer->conv.input.channels; channel++) {
                taps[filled] = cbcnn_read_tap(layer, i, j, channel, input);
                filled++;
                if (filled == CBCNN_GROUP_TAPS) {
                    cbcnn_make_pattern_sums(taps, sums);
                    sums += CBCNN_GROUP_SUMS;
                    filled = 0;
                }
            }
        }
    }
    if (filled > 0) {
        while (filled < CBCNN_GROUP_TAPS) {
            taps[filled++] = 0;
        }
        cbcnn_make_pattern_sums(taps, sums);
    }
}

#endif
