/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANES_H
#define CBCNN_LANES_H

#include "conv.h"
#include "types.h"
#include "words.h"

/*
 * A walk over all pixels of a convolution that pooling reads, in the order of the pooled pixels
 * that they belong to. Each step of it fills one lane.
 */
typedef struct {
    int32_t row;
    int32_t column;
    cbcnn_area_t area;
    int32_t i;
    int32_t j;
} cbcnn_walk_t;

/* A pixel of the convolution, and the first word of the pooled pixel that it belongs to. */
typedef struct {
    int32_t row;
    int32_t column;
    int32_t output;
} cbcnn_lane_t;

static inline void cbcnn_enter_area(const cbcnn_conv_t *conv, cbcnn_walk_t *walk)
{
    walk->area = cbcnn_pooled_area(conv, walk->row, walk->column);
    walk->i = walk->area.rows.first;
    walk->j = walk->area.columns.first;
}

static inline void cbcnn_start_walk(const cbcnn_conv_t *conv, cbcnn_walk_t *walk)
{
    walk->row = 0;
    walk->column = 0;
    cbcnn_enter_area(conv, walk);
}

/* Whether the next pixel is the first one of a pooled pixel. */
static inline int cbcnn_starts_area(const cbcnn_walk_t *walk)
{
    return walk->i == walk->area.rows.first && walk->j == walk->area.columns.first;
}

/* Whether there is a pixel left; then it is what `lane` becomes, and the walk goes on. */
static int cbcnn_next_lane(const cbcnn_conv_t *conv, cbcnn_walk_t *walk, cbcnn_lane_t *lane)
{
    const int32_t pixel = walk->row * conv->output.width + walk->column;
    if (walk->row == conv->output.height) {
        return 0;
    }
    lane->row = walk->i;
    lane->column = walk->j;
    lane->output = pixel * cbcnn_words_for(conv->output.channels);
    walk->j++;
    if (walk->j < walk->area.columns.end) {
        return 1;
    }
    walk->j = walk->area.columns.first;
    walk->i++;
    if (walk->i < walk->area.rows.end) {
        return 1;
    }
    walk->column++;
    if (walk->column == conv->output.width) {
        walk->column = 0;
        walk->row++;
    }
    cbcnn_enter_area(conv, walk);
    return 1;
}

/* Inverts the channels of a map whose bit is set. */
static inline void cbcnn_complement_map(
    const cbcnn_conv_t *conv,
    const cbcnn_word_t *complement,
    cbcnn_word_t *map)
{
    const int32_t pixels = conv->output.height * conv->output.width;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t word = 0; word < pixel_words; word++) {
            *map++ ^= complement[word];
        }
    }
}

#endif
