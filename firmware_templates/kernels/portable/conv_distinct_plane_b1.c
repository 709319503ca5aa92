/* SPDX-License-Identifier: 0BSD */
#include "conv_distinct.h"
#include "kernels.h"
#include "lanes_type.h"
#include "larger_halves.h"
#include "row_sums.h"
#include "transpose.h"
#include "words.h"
#include <string.h>

/*
 * Many filters of a first layer are equal. Each kernel is computed once; of the four pixels that a
 * pooled pixel is made of only the largest accumulator is of interest. Each filter compares it with
 * a threshold of its own.
 *
 * 32 pooled pixels are computed together. For each there is a table with the sums of three taps of a
 * row, for all patterns of weights, at two pixels beside each other, one in each half of a word. The
 * sums are `largest_row` too large, so that no half is negative and halves add up without a carry.
 * An accumulator is three of them for each channel.
 */
#define CBCNN_BATCH 32

/* The tables of a batch; those beyond the last pixel are those of the last one. */
static void cbcnn_make_batch(
    const cbcnn_conv_distinct_t *layer,
    int32_t first,
    const cbcnn_pixel_t *input,
    cbcnn_row_sums_t *tables)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t last = conv->output.height * conv->output.width - 1;
    for (int32_t i = 0; i < CBCNN_BATCH; i++) {
        const int32_t pixel = first + i < last ? first + i : last;
        const int32_t top = pixel / conv->output.width * 2 - conv->window.top;
        const int32_t left = pixel % conv->output.width * 2 - conv->window.left;
        for (int32_t channel = 0; channel < conv->input.channels; channel++) {
            cbcnn_sum_rows(layer, top, left, input + channel, tables);
            tables++;
        }
    }
}

/* The accumulators of a kernel at the pixels of a pooled one: two pairs, one above the other. */
typedef struct {
    uint32_t upper;
    uint32_t lower;
} cbcnn_pairs_t;

/* Three row sums of the first channel, each for a row below the last. */
typedef struct {
    const uint32_t *upper;
    const uint32_t *middle;
    const uint32_t *lower;
} cbcnn_rows_t;

/* What the second channel and those behind it add. */
static inline void cbcnn_add_channels(
    const cbcnn_row_sums_t *table,
    int32_t channels,
    const uint8_t *patterns,
    cbcnn_pairs_t *pairs)
{
    for (int32_t channel = 1; channel < channels; channel++) {
        const cbcnn_row_sums_t *of = table + channel;
        const uint8_t *rows = patterns + channel * CBCNN_ROW_TAPS;
        for (int32_t row = 0; row < CBCNN_ROW_TAPS; row++) {
            pairs->upper += of->sums[rows[row]][row];
            pairs->lower += of->sums[rows[row]][row + 1];
        }
    }
}

/*
 * The accumulators of a kernel at pixel i and i + 16 of a batch: four pairs, so that `first` and
 * `second` have one pixel of the convolution each, in halves of their own.
 */
static inline void cbcnn_add_rows(
    const cbcnn_row_sums_t *tables,
    int32_t channels,
    const uint8_t *patterns,
    cbcnn_rows_t *rows,
    cbcnn_pairs_t *first,
    cbcnn_pairs_t *second)
{
    const int32_t step = (int32_t)(sizeof *tables / sizeof *rows->upper) * channels;
    const int32_t half = CBCNN_BATCH / 2 * step;
    first->upper = rows->upper[0] + rows->middle[0] + rows->lower[0];
    first->lower = rows->upper[1] + rows->middle[1] + rows->lower[1];
    second->upper = rows->upper[half] + rows->middle[half] + rows->lower[half];
    second->lower = rows->upper[half + 1] + rows->middle[half + 1] + rows->lower[half + 1];
    cbcnn_add_channels(tables, channels, patterns, first);
    cbcnn_add_channels(tables + CBCNN_BATCH / 2 * channels, channels, patterns, second);
    rows->upper += step;
    rows->middle += step;
    rows->lower += step;
}

/* The row sums of a kernel for the first pixel of a batch. */
static inline cbcnn_rows_t cbcnn_find_rows(const cbcnn_row_sums_t *tables, const uint8_t *patterns)
{
    cbcnn_rows_t rows;
    rows.upper = tables->sums[patterns[0]];
    rows.middle = tables->sums[patterns[1]] + 1;
    rows.lower = tables->sums[patterns[2]] + 2;
    return rows;
}

/* The largest of a kernel in a batch: pixel i in the lower half of word i, i + 16 in the upper. */
static void cbcnn_find_largest(
    const cbcnn_row_sums_t *tables,
    int32_t channels,
    const uint8_t *patterns,
    uint32_t *largest)
{
    cbcnn_rows_t rows = cbcnn_find_rows(tables, patterns);
    for (int32_t i = 0; i < CBCNN_BATCH / 2; i++) {
        cbcnn_pairs_t a;
        cbcnn_pairs_t b;
        cbcnn_add_rows(tables, channels, patterns, &rows, &a, &b);
        a.upper = cbcnn_larger_halves(a.upper, a.lower);
        b.upper = cbcnn_larger_halves(b.upper, b.lower);
        a.lower = (a.upper >> 16) | (b.upper & 0xffff0000U);
        a.upper = (a.upper & 0xffff) | (b.upper << 16);
        *largest++ = cbcnn_larger_halves(a.upper, a.lower);
        tables += channels;
    }
}

/* Bit i says whether pixel i reaches a threshold: 2^15 - threshold is added to both halves. */
static inline uint32_t cbcnn_compare_batch(const uint32_t *largest, int32_t threshold)
{
    const uint32_t start = (uint32_t)(0x8000 - threshold) * 0x10001;
    uint32_t reached = 0;
    for (int32_t i = 0; i < CBCNN_BATCH / 2; i += 4) {
        const uint32_t a = largest[i];
        const uint32_t b = largest[i + 1];
        const uint32_t c = largest[i + 2];
        const uint32_t d = largest[i + 3];
        reached = (reached >> 1) | ((a + start) & 0x80008000U);
        reached = (reached >> 1) | ((b + start) & 0x80008000U);
        reached = (reached >> 1) | ((c + start) & 0x80008000U);
        reached = (reached >> 1) | ((d + start) & 0x80008000U);
    }
    return reached;
}

/* Compares the largest of a kernel with the thresholds of its filters, `count` from `first` on. */
static inline void cbcnn_fire_filters(
    const cbcnn_conv_distinct_t *layer,
    const uint32_t *largest,
    int32_t first,
    int32_t count,
    cbcnn_lanes_t *fired)
{
    for (int32_t filter = first; filter < first + count; filter++) {
        cbcnn_word_t *const lanes = (cbcnn_word_t *)(void *)(fired + layer->channels[filter]);
        *lanes = cbcnn_compare_batch(largest, layer->thresholds[filter]);
    }
}

/* All filters of a batch, to a word of lanes for each output channel. */
static void cbcnn_run_batch(
    const cbcnn_conv_distinct_t *layer,
    const cbcnn_row_sums_t *tables,
    cbcnn_lanes_t *fired)
{
    const int32_t channels = layer->conv.input.channels;
    const uint8_t *patterns = layer->patterns;
    uint32_t largest[CBCNN_BATCH / 2];
    int32_t filter = 0;
    for (int32_t kernel = 0; kernel < layer->kernels; kernel++) {
        const int32_t count = layer->counts[kernel];
        cbcnn_find_largest(tables, channels, patterns, largest);
        cbcnn_fire_filters(layer, largest, filter, count, fired);
        filter += count;
        patterns += CBCNN_ROW_TAPS * channels;
    }
}

/* The pixels of a batch from the lanes of its channels. */
static void cbcnn_put_batch(
    const cbcnn_conv_distinct_t *layer,
    int32_t first,
    cbcnn_lanes_t *fired,
    cbcnn_word_t *output)
{
    const cbcnn_map_t *map = &layer->conv.output;
    const int32_t pixel_words = cbcnn_words_for(map->channels);
    const cbcnn_span_t pixels = cbcnn_clip(first, CBCNN_BATCH, map->height * map->width);
    for (int32_t word = 0; word < pixel_words; word++) {
        const cbcnn_word_t *lanes = (const cbcnn_word_t *)(const void *)fired;
        cbcnn_transpose(fired);
        for (int32_t pixel = pixels.first; pixel < pixels.end; pixel++) {
            output[pixel * pixel_words + word] = *lanes ^ layer->complement[word];
            lanes += CBCNN_LANE_WORDS;
        }
        fired += CBCNN_WORD_BITS;
    }
}

void cbcnn_conv_distinct_plane_b1(
    const cbcnn_conv_distinct_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_map_t *map = &layer->conv.output;
    const int32_t lanes = cbcnn_words_for(map->channels) * CBCNN_WORD_BITS;
    cbcnn_lanes_t *const fired = (cbcnn_lanes_t *)(void *)scratch;
    cbcnn_row_sums_t *const tables = (cbcnn_row_sums_t *)(void *)(fired + lanes);
    for (int32_t first = 0; first < map->height * map->width; first += CBCNN_BATCH) {
        memset(fired, 0, (size_t)lanes * sizeof *fired);
        cbcnn_make_batch(layer, first, input, tables);
        cbcnn_run_batch(layer, tables, fired);
        cbcnn_put_batch(layer, first, fired, output);
    }
}
