/* SPDX-License-Identifier: 0BSD */
#include "byte_counts.h"
#include "conv_interleaved.h"
#include "kernels.h"
#include "lane_counts.h"
#include "lanes_type.h"
#include "patch.h"
#include "words.h"
#include <string.h>

/*
 * A window meets the filters of a block word by word. Each word of lanes belongs to one of them, so
 * that every one counts by itself how many bits differ, and nothing is added up across.
 */
#define CBCNN_BLOCK_LANES (CBCNN_BLOCK_FILTERS / CBCNN_LANE_WORDS)

/* A word for each filter of a block. */
typedef struct {
    cbcnn_lanes_t of[CBCNN_BLOCK_LANES];
} cbcnn_block_t;

/* Adds to the counts in how many bits `count` words and the filters differ. */
static inline void cbcnn_count_words(
    const cbcnn_word_t *words,
    int32_t count,
    const cbcnn_word_t *weights,
    cbcnn_block_t *counts)
{
    const cbcnn_word_t *const end = words + count;
    cbcnn_block_t bytes;
    memset(&bytes, 0, sizeof bytes);
    for (; words < end; words++) {
        for (int32_t i = 0; i < CBCNN_BLOCK_LANES; i++) {
            cbcnn_lanes_t different;
            memcpy(&different, weights, sizeof different);
            different ^= *words;
            cbcnn_count_lane_bytes(&different);
            bytes.of[i] += different;
            weights += CBCNN_LANE_WORDS;
        }
    }
    for (int32_t i = 0; i < CBCNN_BLOCK_LANES; i++) {
        cbcnn_add_lane_bytes(bytes.of + i);
        counts->of[i] += bytes.of[i];
    }
}

/* In how many bits a patch and each filter of a block differ. */
static inline void cbcnn_count_block(
    const cbcnn_patch_t *patch,
    const cbcnn_word_t *weights,
    cbcnn_block_t *counts)
{
    const cbcnn_word_t *words = patch->words;
    memset(counts, 0, sizeof *counts);
    weights += patch->first * CBCNN_BLOCK_FILTERS;
    for (int32_t run = 0; run < patch->runs; run++) {
        for (int32_t left = patch->run_words; left > 0; left -= CBCNN_MOST_WORDS) {
            const int32_t count = left < CBCNN_MOST_WORDS ? left : CBCNN_MOST_WORDS;
            cbcnn_count_words(words, count, weights, counts);
            words += count;
            weights += count * CBCNN_BLOCK_FILTERS;
        }
        weights += patch->skip_words * CBCNN_BLOCK_FILTERS;
    }
}

/*
 * Bit i says whether filter i of a block fires: whether products - 2 * count >= threshold, so that
 * threshold + 2 * count - products - 1 is negative.
 */
static inline cbcnn_word_t cbcnn_compare_block(
    const cbcnn_block_t *counts,
    const cbcnn_word_t *thresholds,
    int32_t products)
{
    const cbcnn_word_t reached = (cbcnn_word_t)products + 1;
    cbcnn_word_t words[CBCNN_LANE_WORDS];
    cbcnn_lanes_t place;
    cbcnn_lanes_t fired;
    cbcnn_word_t all = 0;
    for (int32_t i = 0; i < CBCNN_LANE_WORDS; i++) {
        words[i] = (cbcnn_word_t)1 << i;
    }
    memcpy(&place, words, sizeof place);
    cbcnn_spread(0, &fired);
    for (int32_t i = 0; i < CBCNN_BLOCK_LANES; i++) {
        cbcnn_lanes_t sum;
        memcpy(&sum, thresholds, sizeof sum);
        sum += counts->of[i] + counts->of[i] - reached;
        fired |= (0 - (sum >> (CBCNN_WORD_BITS - 1))) & place;
        place <<= CBCNN_LANE_WORDS;
        thresholds += CBCNN_LANE_WORDS;
    }
    memcpy(words, &fired, sizeof words);
    for (int32_t i = 0; i < CBCNN_LANE_WORDS; i++) {
        all |= words[i];
    }
    return all;
}

/* Sets the bit of every channel of a pixel that fires for the patch. */
static void cbcnn_fire_blocks(
    const cbcnn_conv_interleaved_t *layer,
    const cbcnn_patch_t *patch,
    cbcnn_word_t *pixel)
{
    const int32_t block_words = cbcnn_filter_words(&layer->conv) * CBCNN_BLOCK_FILTERS;
    const cbcnn_word_t *weights = layer->weights;
    const cbcnn_word_t *thresholds = layer->thresholds;
    for (int32_t first = 0; first < layer->conv.output.channels; first += CBCNN_BLOCK_FILTERS) {
        cbcnn_block_t counts;
        cbcnn_word_t fired;
        cbcnn_count_block(patch, weights, &counts);
        fired = cbcnn_compare_block(&counts, thresholds, patch->products);
        pixel[first / CBCNN_WORD_BITS] |= fired << (first % CBCNN_WORD_BITS);
        weights += block_words;
        thresholds += CBCNN_BLOCK_FILTERS;
    }
}

void cbcnn_conv_interleaved_b1_b1(
    const cbcnn_conv_interleaved_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            cbcnn_patch_t patch;
            area = cbcnn_pooled_area(conv, row, column);
            memset(output, 0, (size_t)pixel_words * sizeof *output);
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    patch = cbcnn_gather(conv, layer->pad, i, j, input, scratch);
                    cbcnn_fire_blocks(layer, &patch, output);
                }
            }
            for (int32_t word = 0; word < pixel_words; word++) {
                *output++ ^= layer->complement[word];
            }
        }
    }
}
