/* SPDX-License-Identifier: 0BSD */
#include "conv_sliced.h"
#include "count_matches.h"
#include "fire_channels.h"
#include "kernels.h"
#include "lanes.h"
#include "lanes_type.h"
#include "match_tables.h"
#include "patch.h"
#include "sliced_lanes.h"
#include "transpose.h"
#include "words.h"
#include <string.h>

/* Match tables for a part of the filters. */
static void cbcnn_make_tables(
    cbcnn_slicer_t *slicer,
    const cbcnn_span_t *part,
    cbcnn_matches_t *table)
{
    cbcnn_lanes_t *inputs = slicer->slice->inputs;
    for (int32_t word = part->first; word < part->end; word += CBCNN_BLOCK_WORDS) {
        for (int32_t i = 0; i < CBCNN_BLOCK_WORDS; i++) {
            cbcnn_gather_planes(slicer, word + i, inputs + i * CBCNN_WORD_BITS);
        }
        for (int32_t triple = 0; triple < CBCNN_WORD_BITS; triple++) {
            cbcnn_make_matches(inputs + triple * CBCNN_TRIPLE, table);
            table += CBCNN_PATTERNS;
        }
    }
}

/* Where the counts of one filter start, in each lane. */
static void cbcnn_start_counts(
    const cbcnn_slicer_t *slicer,
    const cbcnn_threshold_t *starts,
    cbcnn_lanes_t *planes)
{
    const cbcnn_slice_t *slice = slicer->slice;
    cbcnn_lanes_t *const end = planes + slicer->layer->top + 1;
    const uint32_t inner = (uint32_t)starts[0];
    uint32_t digits = inner;
    for (cbcnn_lanes_t *plane = planes; plane < end; plane++) {
        cbcnn_spread(digits & 1, plane);
        digits >>= 1;
    }
    for (int32_t i = 0; i < slicer->masks; i++) {
        const cbcnn_lanes_t mask = slice->masks[i];
        const uint32_t outer = (uint32_t)starts[slice->borders[i]];
        digits = inner ^ outer;
        for (cbcnn_lanes_t *plane = planes; digits != 0; plane++) {
            cbcnn_lanes_t bits;
            cbcnn_spread(digits & 1, &bits);
            *plane ^= mask & bits;
            digits >>= 1;
        }
    }
}

/* Adds one word of fired channels to the pooled pixel of each lane. */
static void cbcnn_put_fired(const cbcnn_slicer_t *slicer, int32_t word, cbcnn_word_t *output)
{
    const cbcnn_slice_t *slice = slicer->slice;
    const cbcnn_word_t *column = (const cbcnn_word_t *)(const void *)slice->fired;
    cbcnn_transpose(slicer->slice->fired);
    output += word;
    for (int32_t first = 0; first < slicer->lanes; first += CBCNN_WORD_BITS) {
        const cbcnn_word_t *const outputs = slice->outputs + first;
        const int32_t left = slicer->lanes - first;
        const int32_t count = left < CBCNN_WORD_BITS ? left : CBCNN_WORD_BITS;
        for (int32_t lane = 0; lane < count; lane++) {
            output[outputs[lane]] |= column[lane * CBCNN_LANE_WORDS];
        }
        column++;
    }
}

/* The part of the filters that is counted, its tables, and the counts that go on in the next one. */
typedef struct {
    cbcnn_span_t words;
    cbcnn_matches_t *tables;
    cbcnn_lanes_t *waiting;
} cbcnn_part_t;

/* Counts the matches of one filter. */
static inline void cbcnn_count_filter(
    const cbcnn_slicer_t *slicer,
    const cbcnn_part_t *part,
    int32_t channel,
    cbcnn_lanes_t *planes)
{
    const cbcnn_conv_sliced_t *layer = slicer->layer;
    const int32_t words = part->words.end - part->words.first;
    const int32_t skipped = channel * layer->filter_words + part->words.first;
    const cbcnn_lanes_t *const end = planes + layer->top + 1;
    if (part->words.first == 0) {
        cbcnn_start_counts(slicer, layer->starts + channel * layer->classes, planes);
    }
    cbcnn_count_matches(
        part->tables,
        layer->weights + skipped,
        words / CBCNN_BLOCK_WORDS,
        planes,
        end);
}

/* Counts the matches of all filters; their planes wait next to each other for the next part. */
static void cbcnn_count_part(
    const cbcnn_slicer_t *slicer,
    const cbcnn_part_t *part,
    cbcnn_word_t *output)
{
    const cbcnn_conv_sliced_t *layer = slicer->layer;
    const int32_t is_last = part->words.end == layer->filter_words;
    const int32_t waits = part->words.first > 0 || !is_last;
    cbcnn_lanes_t *planes = waits ? part->waiting : slicer->slice->planes;
    cbcnn_lanes_t *const fired = slicer->slice->fired;
    int32_t left = layer->conv.output.channels;
    int32_t channel = 0;
    for (int32_t word = 0; left > 0; word++) {
        const int32_t count = left < CBCNN_WORD_BITS ? left : CBCNN_WORD_BITS;
        memset(fired, 0, CBCNN_WORD_BITS * sizeof *fired);
        for (int32_t i = 0; i < count; i++) {
            cbcnn_count_filter(slicer, part, channel, planes);
            fired[i] = planes[layer->top];
            planes += waits ? layer->top + 1 : 0;
            channel++;
        }
        if (is_last) {
            cbcnn_put_fired(slicer, word, output);
        }
        left -= count;
    }
}

/* One word of lanes, from the gathering of its inputs to its outputs. */
static void cbcnn_run_lanes(cbcnn_slicer_t *slicer, cbcnn_word_t *output)
{
    const cbcnn_conv_sliced_t *layer = slicer->layer;
    const int32_t triples = layer->part_words / CBCNN_BLOCK_WORDS * CBCNN_WORD_BITS;
    cbcnn_part_t part;
    part.tables = (cbcnn_matches_t *)(void *)(slicer->slice + 1);
    part.waiting = (cbcnn_lanes_t *)(void *)(part.tables + triples * CBCNN_PATTERNS);
    part.words.first = 0;
    cbcnn_find_borders(slicer);
    while (part.words.first < layer->filter_words) {
        part.words.end = part.words.first + layer->part_words;
        if (part.words.end > layer->filter_words) {
            part.words.end = layer->filter_words;
        }
        cbcnn_make_tables(slicer, &part.words, part.tables);
        cbcnn_count_part(slicer, &part, output);
        part.words.first = part.words.end;
    }
}

/* The pixels that are left in the walk, one by one. */
static void cbcnn_run_rest(
    const cbcnn_conv_sliced_t *layer,
    cbcnn_walk_t *walk,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    cbcnn_filters_t filters;
    cbcnn_lane_t lane;
    cbcnn_patch_t patch;
    filters.channels = conv->output.channels;
    filters.filter_words = layer->filter_words;
    filters.weights = layer->weights;
    filters.thresholds = layer->thresholds;
    while (cbcnn_next_lane(conv, walk, &lane)) {
        patch = cbcnn_gather(conv, layer->pad, lane.row, lane.column, input, scratch);
        cbcnn_fire_channels(&filters, &patch, output + lane.output);
    }
}

void cbcnn_conv_sliced_b1_b1(
    const cbcnn_conv_sliced_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixels = conv->output.height * conv->output.width;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    cbcnn_slicer_t slicer = {layer, input, NULL, 0, 0, 0};
    cbcnn_walk_t walk;
    slicer.slice = (cbcnn_slice_t *)(void *)scratch;
    memset(output, 0, (size_t)(pixels * pixel_words) * sizeof *output);
    cbcnn_start_walk(conv, &walk);
    for (int32_t i = 0; i < layer->rounds; i++) {
        cbcnn_fill_lanes(&slicer, &walk);
        cbcnn_run_lanes(&slicer, output);
    }
    cbcnn_run_rest(layer, &walk, input, output, scratch);
    cbcnn_complement_map(conv, layer->complement, output);
}
