/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_MEMORY_H
#define CBCNN_BUCKET_MEMORY_H

#include "bucket_number.h"
#include "bucket_starts.h"
#include "conv_bucket.h"
#include "lanes_type.h"

/*
 * Four filters meet every tap with four weights, up to a common sign one of eight patterns: its
 * bucket. Each tap is counted once, in its bucket, for all four filters, and the filters' sums are
 * sums and differences of the eight counts. Lanes are pixels, as in conv_sliced_b1_b1.c, but whole
 * rows of the map, so that nothing is gathered: a tap is a word at a place that a list names.
 */

/* The scratch memory. Planes, classes of border, fired rows and the list of places follow. */
typedef struct {
    cbcnn_lanes_t square[CBCNN_WORD_BITS];
    cbcnn_number_t buckets[CBCNN_BUCKETS];
    cbcnn_number_t starts[CBCNN_GROUP_FILTERS];
} cbcnn_bucket_t;

/* The pieces of the scratch memory. `fired` has `rows` words for each filter of a group. */
typedef struct {
    cbcnn_bucket_t *fixed;
    cbcnn_lanes_t *pooled;
    cbcnn_classes_t *classes;
    cbcnn_word_t *planes;
    cbcnn_word_t *fired;
    uint32_t *list;
    uint32_t nothing;
} cbcnn_bucket_memory_t;

/* Lanes for the rows of the output, as many as a word has bits for each bundle of rows. */
static inline int32_t cbcnn_pooled_lanes(const cbcnn_conv_bucket_t *layer)
{
    const int32_t bundles = (layer->conv.output.height + CBCNN_LANE_WORDS - 1) / CBCNN_LANE_WORDS;
    return bundles * CBCNN_WORD_BITS;
}

static cbcnn_bucket_memory_t cbcnn_divide_memory(
    const cbcnn_conv_bucket_t *layer,
    cbcnn_word_t *scratch)
{
    const int32_t taps = layer->conv.window.width * layer->conv.input.channels;
    const int32_t codes = layer->row_codes * CBCNN_WORD_CODES;
    const int32_t bundles = layer->rows / CBCNN_LANE_WORDS;
    const int32_t words = (codes < taps + 1 ? taps + 1 : codes) * cbcnn_plane_words(layer);
    cbcnn_bucket_memory_t memory;
    memory.fixed = (cbcnn_bucket_t *)(void *)scratch;
    memory.pooled = (cbcnn_lanes_t *)(void *)(memory.fixed + 1);
    memory.classes = (cbcnn_classes_t *)(void *)(memory.pooled + cbcnn_pooled_lanes(layer));
    memory.planes = (cbcnn_word_t *)(void *)(memory.classes + bundles);
    memory.fired = memory.planes + words;
    memory.list = (uint32_t *)(void *)(memory.fired + CBCNN_GROUP_FILTERS * layer->rows);
    memory.nothing = (uint32_t)(taps * cbcnn_plane_words(layer)) * sizeof(cbcnn_word_t);
    return memory;
}

#endif
