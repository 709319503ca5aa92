/* SPDX-License-Identifier: 0BSD */
#include "bucket_counts.h"
#include "bucket_lists.h"
#include "bucket_number.h"
#include "bucket_planes.h"
#include "bucket_starts.h"
#include "bucket_sums.h"
#include "conv_bucket.h"
#include "kernels.h"
#include "lanes_type.h"
#include "run_group.h"
#include "transpose.h"
#include "words.h"
#include <string.h>

/* Lane x becomes whether one of the lanes from x on fires, as many as the window is wide. */
static inline cbcnn_word_t cbcnn_pool_columns(cbcnn_word_t rows, int32_t width)
{
    cbcnn_word_t lanes = rows;
    for (; width > 1; width--) {
        rows >>= 1;
        lanes |= rows;
    }
    return lanes;
}

/* Where the windows of a row of the output begin: a word of the rows, and its lane for column 0. */
typedef struct {
    int32_t word;
    int32_t lane;
} cbcnn_pool_start_t;

static inline void cbcnn_next_start(const cbcnn_conv_bucket_t *layer, cbcnn_pool_start_t *start)
{
    start->word += layer->conv.pool.stride_height;
    while (start->word >= layer->rows) {
        start->word -= layer->rows;
        start->lane += layer->conv.input.width;
    }
}

static inline int cbcnn_is_in_part(
    const cbcnn_conv_bucket_t *layer,
    int32_t first,
    const cbcnn_pool_start_t *start)
{
    return start->word >= first && start->word < first + layer->part_rows;
}

/*
 * Pools the rows of a part of one filter: lane x of word `row` becomes the pixel in that row of the
 * output whose window begins in column x. `pooled` is where the filter's bit of the first row
 * belongs.
 */
static void cbcnn_pool_rows(
    const cbcnn_conv_bucket_t *layer,
    int32_t first,
    const cbcnn_word_t *fired,
    cbcnn_lanes_t *pooled)
{
    const cbcnn_window_t pool = layer->conv.pool;
    const cbcnn_word_t *const end = fired + layer->rows;
    cbcnn_pool_start_t start = {0, 0};
    for (int32_t row = 0; row < layer->conv.output.height; row++) {
        if (cbcnn_is_in_part(layer, first, &start)) {
            const int32_t bundle = row / CBCNN_LANE_WORDS;
            cbcnn_lanes_t *const square = pooled + bundle * CBCNN_WORD_BITS;
            cbcnn_word_t *const words = (cbcnn_word_t *)(void *)square;
            const cbcnn_word_t *word = fired + start.word;
            int32_t lane = start.lane;
            cbcnn_word_t rows = 0;
            for (int32_t i = pool.height; i > 0; i--) {
                rows |= *word++ >> lane;
                if (word == end) {
                    word = fired;
                    lane += layer->conv.input.width;
                }
            }
            words[row - bundle * CBCNN_LANE_WORDS] = cbcnn_pool_columns(rows, pool.width);
        }
        cbcnn_next_start(layer, &start);
    }
}

/* A word of filters goes to every pixel of a row, from the lanes of one row of the output. */
static void cbcnn_put_row(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_word_t *lanes,
    cbcnn_word_t complement,
    cbcnn_word_t *output)
{
    const int32_t step = layer->conv.pool.stride_width * CBCNN_LANE_WORDS;
    const int32_t pixel_words = cbcnn_words_for(layer->conv.output.channels);
    for (int32_t left = layer->conv.output.width; left > 0; left--) {
        *output = *lanes ^ complement;
        lanes += step;
        output += pixel_words;
    }
}

/*
 * A word of filters that have been pooled goes to every pixel in the rows of a part. Where there are
 * several parts, a square holds one row, so that it lies in one of them.
 */
static void cbcnn_put_pooled(
    const cbcnn_conv_bucket_t *layer,
    int32_t first,
    cbcnn_lanes_t *pooled,
    cbcnn_word_t complement,
    cbcnn_word_t *output)
{
    const cbcnn_map_t *map = &layer->conv.output;
    const int32_t row_words = map->width * cbcnn_words_for(map->channels);
    cbcnn_pool_start_t start = {0, 0};
    for (int32_t row = 0; row < map->height; row += CBCNN_LANE_WORDS) {
        const int is_in_part = cbcnn_is_in_part(layer, first, &start);
        const cbcnn_word_t *lanes = (const cbcnn_word_t *)(const void *)pooled;
        if (is_in_part) {
            cbcnn_transpose(pooled);
        }
        for (int32_t i = row; i < row + CBCNN_LANE_WORDS && i < map->height; i++) {
            if (is_in_part) {
                cbcnn_put_row(layer, lanes, complement, output);
            }
            lanes++;
            output += row_words;
            cbcnn_next_start(layer, &start);
        }
        pooled += CBCNN_WORD_BITS;
    }
}

/* The words from `first` on for all filters, from their inputs to their pixels. */
static void cbcnn_run_part(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_bucket_memory_t *memory,
    int32_t first,
    cbcnn_word_t *output)
{
    const int32_t channels = layer->conv.output.channels;
    for (int32_t filter = 0; filter < channels; filter += CBCNN_GROUP_FILTERS) {
        const int32_t left = channels - filter;
        const int32_t filters = left < CBCNN_GROUP_FILTERS ? left : CBCNN_GROUP_FILTERS;
        const int32_t bit = filter % CBCNN_WORD_BITS;
        const int32_t word = filter / CBCNN_WORD_BITS;
        if (bit == 0) {
            const size_t lanes = (size_t)cbcnn_pooled_lanes(layer);
            memset(memory->pooled, 0, lanes * sizeof *memory->pooled);
        }
        cbcnn_run_group(layer, memory, first, filter / CBCNN_GROUP_FILTERS, filters);
        for (int32_t i = 0; i < filters; i++) {
            const cbcnn_word_t *fired = memory->fired + i * layer->rows;
            cbcnn_pool_rows(layer, first, fired, memory->pooled + bit + i);
        }
        if (bit + CBCNN_GROUP_FILTERS == CBCNN_WORD_BITS || left <= CBCNN_GROUP_FILTERS) {
            const cbcnn_word_t complement = layer->complement[word];
            cbcnn_put_pooled(layer, first, memory->pooled, complement, output + word);
        }
    }
}

void cbcnn_conv_bucket_b1_b1(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_bucket_memory_t memory = cbcnn_divide_memory(layer, scratch);
    const int32_t plane_words = (int32_t)(memory.fired - memory.planes);
    cbcnn_find_all_classes(layer, memory.classes);
    for (int32_t first = 0; first < layer->rows; first += layer->part_rows) {
        cbcnn_lanes_t *const square = memory.fixed->square;
        cbcnn_make_planes(layer, input, first, square, plane_words, memory.planes);
        cbcnn_run_part(layer, &memory, first, output);
    }
}
