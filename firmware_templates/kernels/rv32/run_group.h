/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_RUN_GROUP_H
#define CBCNN_RUN_GROUP_H

#include "bucket_counts.h"
#include "bucket_lists.h"
#include "bucket_memory.h"
#include "bucket_starts.h"
#include "bucket_sums.h"
#include "conv_bucket.h"

/* Where the sums of a group start in the words from `first` on; `is_first`: of the part. */
static inline void cbcnn_start_group(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_bucket_memory_t *memory,
    int32_t row,
    int is_first,
    int32_t group,
    int32_t filters)
{
    const cbcnn_classes_t *const classes = memory->classes + row;
    const cbcnn_threshold_t *starts = layer->starts;
    starts += group * CBCNN_GROUP_FILTERS * layer->classes;
    if (is_first || !classes->repeats) {
        for (int32_t filter = 0; filter < filters; filter++) {
            cbcnn_start_number(starts, classes, memory->fixed->starts + filter);
            starts += layer->classes;
        }
    }
}

/* Sums up the buckets of word `row`, to memory->fired. */
static inline void cbcnn_finish_word(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_bucket_memory_t *memory,
    int32_t row,
    cbcnn_number_t *buckets)
{
    cbcnn_lanes_t fired[CBCNN_GROUP_FILTERS];
    cbcnn_sum_buckets(buckets, memory->fixed->starts, layer->top, fired);
    for (int32_t filter = 0; filter < CBCNN_GROUP_FILTERS; filter++) {
        memory->fired[filter * layer->rows + row] = fired[filter];
    }
}

/* The rows of a part of one group of filters, to memory->fired: two words of lanes at a time. */
static void cbcnn_run_group(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_bucket_memory_t *memory,
    int32_t first,
    int32_t group,
    int32_t filters)
{
    const uint32_t *list = cbcnn_list_taps(layer, group, memory->nothing, memory->list);
    const uint8_t *const sizes = layer->sizes + group * CBCNN_CODES;
    const int32_t end = first + layer->part_rows;
    cbcnn_number_t *const buckets = memory->fixed->buckets;
    cbcnn_number_t others[CBCNN_BUCKETS];
    const cbcnn_word_t *planes = memory->planes;
    for (int32_t row = first; row < end; row += 2) {
        const int two = row + 1 < end;
        if (two) {
            cbcnn_count_two_words(planes, list, sizes, buckets, others);
        } else {
            cbcnn_count_buckets(planes, list, sizes, buckets);
        }
        cbcnn_start_group(layer, memory, row, row == first, group, filters);
        cbcnn_finish_word(layer, memory, row, buckets);
        if (two) {
            cbcnn_start_group(layer, memory, row + 1, 0, group, filters);
            cbcnn_finish_word(layer, memory, row + 1, others);
        }
        planes += 2;
    }
}

#endif
