/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_FILL_PATCH_I8_H
#define CBCNN_FILL_PATCH_I8_H

#include "conv_i8.h"
#include <stddef.h>
#include <string.h>

static inline int16_t cbcnn_widened(int32_t x)
{
    return (int16_t)x;
}

/* Make a patch of a group's channels under the window whose first tap lies at `top`, `left`. */
static inline void cbcnn_fill_patch_i8(
    const cbcnn_conv_i8_t *layer,
    const int8_t *input,
    int32_t top,
    int32_t left,
    int32_t group,
    int16_t *patch)
{
    const int32_t channels = layer->input.channels / layer->groups;
    const int32_t is_run = layer->groups == 1 && layer->column_step == 1;
    const cbcnn_span_t inside = cbcnn_clip(left, layer->window.width, layer->input.width);
    int16_t *const start = patch;
    for (int32_t row = 0; row < layer->window.height; row++) {
        const int32_t y = top + row * layer->row_step;
        int32_t column = 0;
        while (column < layer->window.width) {
            const int32_t x = left + column * layer->column_step;
            const int32_t is_inside =
                y >= 0 && y < layer->input.height && x >= 0 && x < layer->input.width;
            const int32_t taps = is_run && is_inside ? inside.end - x : 1;
            const int32_t count = taps * channels;
            if (is_inside) {
                const int8_t *from =
                    input + (y * layer->input.width + x) * layer->input.channels + group * channels;
                for (int32_t i = 0; i < count; i++) {
                    patch[i] = cbcnn_widened(from[i]);
                }
            } else {
                memset(patch, 0, (size_t)count * sizeof *patch);
            }
            patch += count;
            column += taps;
        }
    }
    while ((patch - start) % 4 != 0) {
        *patch++ = 0;
    }
}

#endif
