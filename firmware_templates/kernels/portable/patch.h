/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PATCH_H
#define CBCNN_PATCH_H

#include "conv.h"
#include "geometry.h"
#include "mismatches.h"
#include "types.h"
#include "words.h"
#include <stddef.h>
#include <string.h>

/* A pixel of `channels` values that are all -1 or all +1; unused bits stay 0. */
static inline void cbcnn_fill_pixel(cbcnn_word_t *pixel, int32_t channels, int32_t value)
{
    const cbcnn_word_t all = value > 0 ? (cbcnn_word_t)-1 : 0;
    int32_t left = channels;
    while (left >= CBCNN_WORD_BITS) {
        *pixel++ = all;
        left -= CBCNN_WORD_BITS;
    }
    if (left > 0) {
        *pixel = all >> (CBCNN_WORD_BITS - left);
    }
}

/* Padding counts as 0: taps outside the map are left out, and so are their weights. */
static inline cbcnn_patch_t cbcnn_gather_inside(
    const cbcnn_conv_t *conv,
    int32_t top,
    int32_t left,
    const cbcnn_word_t *input,
    cbcnn_word_t *scratch)
{
    const cbcnn_map_t *map = &conv->input;
    const cbcnn_window_t *window = &conv->window;
    const int32_t pixel_words = cbcnn_words_for(map->channels);
    cbcnn_patch_t patch = {scratch, 0, 0, 0, 0, 0};
    cbcnn_span_t rows;
    cbcnn_span_t columns;
    rows = cbcnn_clip(top, window->height, map->height);
    columns = cbcnn_clip(left, window->width, map->width);
    const int32_t height = rows.end - rows.first;
    const int32_t width = columns.end - columns.first;
    const int32_t row_words = width * pixel_words;
    if (height <= 0 || width <= 0) {
        return patch;
    }
    for (int32_t row = rows.first; row < rows.end; row++) {
        const int32_t pixel = row * map->width + columns.first;
        memcpy(scratch, input + pixel * pixel_words, (size_t)row_words * sizeof *scratch);
        scratch += row_words;
    }
    patch.products = height * width * map->channels;
    patch.first = ((rows.first - top) * window->width + columns.first - left) * pixel_words;
    patch.runs = height;
    patch.run_words = row_words;
    patch.skip_words = (window->width - width) * pixel_words;
    if (patch.skip_words == 0) {
        patch.runs = 1;
        patch.run_words = height * row_words;
    }
    return patch;
}

/* Padding counts as -1 or +1: taps outside the map are pixels like any other. */
static inline cbcnn_patch_t cbcnn_gather_padded(
    const cbcnn_conv_t *conv,
    int32_t pad,
    int32_t top,
    int32_t left,
    const cbcnn_word_t *input,
    cbcnn_word_t *scratch)
{
    const cbcnn_map_t *map = &conv->input;
    const cbcnn_window_t *window = &conv->window;
    const int32_t pixel_words = cbcnn_words_for(map->channels);
    cbcnn_patch_t patch = {scratch, 0, 0, 1, 0, 0};
    for (int32_t row = top; row < top + window->height; row++) {
        for (int32_t column = left; column < left + window->width; column++) {
            if (row < 0 || row >= map->height || column < 0 || column >= map->width) {
                cbcnn_fill_pixel(scratch, map->channels, pad);
            } else {
                const int32_t pixel = row * map->width + column;
                memcpy(scratch, input + pixel * pixel_words, (size_t)pixel_words * sizeof *scratch);
            }
            scratch += pixel_words;
        }
    }
    patch.products = window->height * window->width * map->channels;
    patch.run_words = window->height * window->width * pixel_words;
    return patch;
}

/* The part of the map under the window at one pixel of the convolution. */
static cbcnn_patch_t cbcnn_gather(
    const cbcnn_conv_t *conv,
    int32_t pad,
    int32_t row,
    int32_t column,
    const cbcnn_word_t *input,
    cbcnn_word_t *scratch)
{
    const cbcnn_window_t *window = &conv->window;
    const int32_t top = row * window->stride_height - window->top;
    const int32_t left = column * window->stride_width - window->left;
    if (pad == 0) {
        return cbcnn_gather_inside(conv, top, left, input, scratch);
    }
    return cbcnn_gather_padded(conv, pad, top, left, input, scratch);
}

static inline int32_t cbcnn_filter_words(const cbcnn_conv_t *conv)
{
    const int32_t taps = conv->window.height * conv->window.width;
    return taps * cbcnn_words_for(conv->input.channels);
}

#endif
