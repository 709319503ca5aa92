/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_PLANES_H
#define CBCNN_BUCKET_PLANES_H

#include "conv_bucket.h"
#include "lanes_type.h"
#include "transpose.h"
#include "types.h"
#include "words.h"
#include <string.h>

/*
 * A part of the map on its side: a plane for each column of the window and each input channel, whose
 * word r + i holds what the windows of word r's lanes see of that channel in their row i. A tap of
 * the filters then is one word at a fixed distance for all windows. Pixels outside the map are 0, so
 * padding counts as -1.
 */

/* One word of the pixels that lie `row` rows below the first of each segment, a lane each. */
static inline void cbcnn_gather_lanes(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_word_t *input,
    int32_t row,
    cbcnn_word_t *column)
{
    const cbcnn_map_t *map = &layer->conv.input;
    const int32_t pixel_words = cbcnn_words_for(map->channels);
    for (int32_t segment = 0; segment < layer->segments; segment++) {
        const cbcnn_word_t *source = input + row * map->width * pixel_words;
        if (row >= 0 && row < map->height) {
            for (int32_t x = 0; x < map->width; x++) {
                column[x * CBCNN_LANE_WORDS] = *source;
                source += pixel_words;
            }
        }
        column += map->width * CBCNN_LANE_WORDS;
        row += layer->rows;
    }
}

/* The planes of the window's middle column, for the windows in the words from `first` on. */
static void cbcnn_cut_map(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_word_t *input,
    int32_t first,
    cbcnn_lanes_t *square,
    cbcnn_word_t *planes)
{
    const int32_t stride = cbcnn_plane_words(layer);
    const int32_t top = first - layer->conv.window.top;
    for (int32_t left = layer->conv.input.channels; left > 0; left -= CBCNN_WORD_BITS) {
        const int32_t count = left < CBCNN_WORD_BITS ? left : CBCNN_WORD_BITS;
        for (int32_t row = 0; row < stride; row += CBCNN_LANE_WORDS) {
            const int32_t rows = stride - row < CBCNN_LANE_WORDS ? stride - row : CBCNN_LANE_WORDS;
            cbcnn_word_t *const words = (cbcnn_word_t *)(void *)square;
            memset(square, 0, CBCNN_WORD_BITS * sizeof *square);
            for (int32_t i = 0; i < rows; i++) {
                cbcnn_gather_lanes(layer, input, top + row + i, words + i);
            }
            cbcnn_transpose(square);
            for (int32_t channel = 0; channel < count; channel++) {
                cbcnn_word_t *const plane = planes + channel * stride + row;
                memcpy(plane, square + channel, (size_t)rows * sizeof *plane);
            }
        }
        planes += CBCNN_WORD_BITS * stride;
        input++;
    }
}

/* The lanes whose column, moved by `right`, lies in the map. */
static cbcnn_word_t cbcnn_lanes_inside(const cbcnn_conv_bucket_t *layer, int32_t right)
{
    const int32_t width = layer->conv.input.width;
    cbcnn_word_t lanes = 0;
    for (int32_t x = 0; x < width; x++) {
        if (x + right >= 0 && x + right < width) {
            for (int32_t lane = x; lane < width * layer->segments; lane += width) {
                lanes |= (cbcnn_word_t)1 << lane;
            }
        }
    }
    return lanes;
}

/* The planes of a column of the window that is `right` of the middle one. */
static void cbcnn_move_planes(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_word_t *middle,
    int32_t right,
    cbcnn_word_t *planes)
{
    const int32_t words = layer->conv.input.channels * cbcnn_plane_words(layer);
    const cbcnn_word_t inside = cbcnn_lanes_inside(layer, right);
    for (int32_t i = 0; i < words; i++) {
        const cbcnn_word_t lanes = right < 0 ? middle[i] << -right : middle[i] >> right;
        planes[i] = lanes & inside;
    }
}

/* All planes of a part; the rest of the `words` words becomes 0. `square`: as many lanes as a word has bits. */
static void cbcnn_make_planes(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_word_t *input,
    int32_t first,
    cbcnn_lanes_t *square,
    int32_t words,
    cbcnn_word_t *planes)
{
    const cbcnn_window_t *window = &layer->conv.window;
    const int32_t channels = layer->conv.input.channels;
    const int32_t stride = cbcnn_plane_words(layer);
    cbcnn_word_t *const end = planes + words;
    cbcnn_word_t *const middle = planes + window->left * channels * stride;
    cbcnn_cut_map(layer, input, first, square, middle);
    for (int32_t column = 0; column < window->width; column++) {
        if (column != window->left) {
            cbcnn_move_planes(layer, middle, column - window->left, planes);
        }
        planes += channels * stride;
    }
    memset(planes, 0, (size_t)(end - planes) * sizeof *planes);
}

#endif
