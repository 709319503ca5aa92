/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SLICED_LANES_H
#define CBCNN_SLICED_LANES_H

#include "conv_sliced.h"
#include "lanes.h"
#include "lanes_type.h"
#include "match_tables.h"
#include "transpose.h"
#include "words.h"
#include <string.h>

/*
 * Bit slicing: the lanes of a word are pixels of the convolution, and a filter is applied to all of
 * them at once. Lanes may be any pixels: what lies under one tap of the window is gathered word by
 * word and transposed, so that every input channel becomes a bit plane. The outputs are transposed
 * back, and as max pooling before the comparison equals OR after it, a pooled pixel is the OR of
 * its lanes.
 *
 * Zero padding counts as -1 in the lanes; `starts` makes up for it.
 */
#define CBCNN_DIGITS 24
#define CBCNN_LANES (CBCNN_LANE_WORDS * CBCNN_WORD_BITS)

/* The scratch memory. Match tables follow, then the planes of counts that are not at their end. */
typedef struct {
    cbcnn_lanes_t inputs[CBCNN_BLOCK_WORDS * CBCNN_WORD_BITS];
    cbcnn_lanes_t fired[CBCNN_WORD_BITS];
    cbcnn_lanes_t masks[CBCNN_WORD_BITS];
    cbcnn_lanes_t planes[CBCNN_DIGITS];
    cbcnn_word_t borders[CBCNN_WORD_BITS];
    cbcnn_word_t rows[CBCNN_LANES];
    cbcnn_word_t columns[CBCNN_LANES];
    cbcnn_word_t outputs[CBCNN_LANES];
    cbcnn_word_t sources[CBCNN_LANES];
} cbcnn_slice_t;

#define CBCNN_OUTSIDE ((cbcnn_word_t)-1)

/* The work on one word of lanes. `tap` is the one that slice->sources belong to. */
typedef struct {
    const cbcnn_conv_sliced_t *layer;
    const cbcnn_word_t *input;
    cbcnn_slice_t *slice;
    int32_t lanes;
    int32_t masks;
    int32_t tap;
} cbcnn_slicer_t;

/* The next pixels of the walk become the lanes. */
static void cbcnn_fill_lanes(cbcnn_slicer_t *slicer, cbcnn_walk_t *walk)
{
    const cbcnn_conv_t *conv = &slicer->layer->conv;
    cbcnn_slice_t *slice = slicer->slice;
    cbcnn_lane_t lane;
    int32_t count = 0;
    while (count < CBCNN_LANES && cbcnn_next_lane(conv, walk, &lane)) {
        slice->rows[count] = (cbcnn_word_t)lane.row;
        slice->columns[count] = (cbcnn_word_t)lane.column;
        slice->outputs[count] = (cbcnn_word_t)lane.output;
        count++;
    }
    slicer->lanes = count;
    slicer->tap = -1;
}

/* Collects the classes of border other than 0, each with the lanes that lie there. */
static void cbcnn_find_borders(cbcnn_slicer_t *slicer)
{
    const cbcnn_conv_sliced_t *layer = slicer->layer;
    cbcnn_slice_t *slice = slicer->slice;
    int32_t found = 0;
    for (int32_t lane = 0; lane < slicer->lanes; lane++) {
        const int32_t row = layer->row_classes[slice->rows[lane]];
        const int32_t column = layer->column_classes[slice->columns[lane]];
        const cbcnn_word_t border = (cbcnn_word_t)(row + column);
        cbcnn_word_t *words;
        int32_t i = 0;
        if (border == 0) {
            continue;
        }
        while (i < found && slice->borders[i] != border) {
            i++;
        }
        if (i == found) {
            slice->borders[i] = border;
            cbcnn_spread(0, &slice->masks[i]);
            found++;
        }
        words = (cbcnn_word_t *)(void *)&slice->masks[i];
        words[lane / CBCNN_WORD_BITS] |= (cbcnn_word_t)1 << (lane % CBCNN_WORD_BITS);
    }
    slicer->masks = found;
}

/* Finds the pixels under one tap of the window, for each lane. */
static void cbcnn_locate_tap(cbcnn_slicer_t *slicer, int32_t tap)
{
    const cbcnn_conv_t *conv = &slicer->layer->conv;
    const cbcnn_window_t *window = &conv->window;
    const cbcnn_map_t *map = &conv->input;
    const int32_t pixel_words = cbcnn_words_for(map->channels);
    const int32_t down = tap / window->width - window->top;
    const int32_t right = tap % window->width - window->left;
    cbcnn_slice_t *slice = slicer->slice;
    for (int32_t lane = 0; lane < slicer->lanes; lane++) {
        const int32_t row = (int32_t)slice->rows[lane] * window->stride_height + down;
        const int32_t column = (int32_t)slice->columns[lane] * window->stride_width + right;
        const int32_t pixel = row * map->width + column;
        slice->sources[lane] = CBCNN_OUTSIDE;
        if (row >= 0 && row < map->height && column >= 0 && column < map->width) {
            slice->sources[lane] = (cbcnn_word_t)(pixel * pixel_words);
        }
    }
    slicer->tap = tap;
}

/* Word `word` of a pixel in the padding. */
static cbcnn_word_t cbcnn_padding_word(const cbcnn_conv_sliced_t *layer, int32_t word)
{
    const cbcnn_word_t all = (cbcnn_word_t)-1;
    const int32_t left = layer->conv.input.channels - word * CBCNN_WORD_BITS;
    if (layer->pad <= 0) {
        return 0;
    }
    return left >= CBCNN_WORD_BITS ? all : all >> (CBCNN_WORD_BITS - left);
}

/* Bit planes of the inputs that meet word `index` of the filters. */
static void cbcnn_gather_planes(cbcnn_slicer_t *slicer, int32_t index, cbcnn_lanes_t *planes)
{
    const cbcnn_conv_t *conv = &slicer->layer->conv;
    const int32_t pixel_words = cbcnn_words_for(conv->input.channels);
    const int32_t tap = index / pixel_words;
    const int32_t word = index % pixel_words;
    const cbcnn_word_t outside = cbcnn_padding_word(slicer->layer, word);
    const cbcnn_word_t *const input = slicer->input + word;
    cbcnn_word_t *column = (cbcnn_word_t *)(void *)planes;
    const int32_t taps = conv->window.height * conv->window.width;
    if (tap >= taps || slicer->lanes < CBCNN_LANES) {
        memset(planes, 0, CBCNN_WORD_BITS * sizeof *planes);
    }
    if (tap >= taps) {
        return;
    }
    if (tap != slicer->tap) {
        cbcnn_locate_tap(slicer, tap);
    }
    for (int32_t first = 0; first < slicer->lanes; first += CBCNN_WORD_BITS) {
        const cbcnn_word_t *const sources = slicer->slice->sources + first;
        const int32_t left = slicer->lanes - first;
        const int32_t count = left < CBCNN_WORD_BITS ? left : CBCNN_WORD_BITS;
        for (int32_t lane = 0; lane < count; lane++) {
            const cbcnn_word_t source = sources[lane];
            column[lane * CBCNN_LANE_WORDS] = source == CBCNN_OUTSIDE ? outside : input[source];
        }
        column++;
    }
    cbcnn_transpose(planes);
}

#endif
