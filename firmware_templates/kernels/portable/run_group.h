/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_RUN_GROUP_H
#define CBCNN_RUN_GROUP_H

#include "bucket_counts.h"
#include "bucket_lists.h"
#include "bucket_memory.h"
#include "bucket_starts.h"
#include "bucket_sums.h"
#include "conv_bucket.h"
#include <string.h>

/* The rows of a part of one group of filters, to memory->fired. */
static void cbcnn_run_group(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_bucket_memory_t *memory,
    int32_t first,
    int32_t group,
    int32_t filters)
{
    const uint32_t *list = cbcnn_list_taps(layer, group, memory->nothing, memory->list);
    const uint8_t *const sizes = layer->sizes + group * CBCNN_CODES;
    const cbcnn_classes_t *classes = memory->classes + first / CBCNN_LANE_WORDS;
    cbcnn_bucket_t *const fixed = memory->fixed;
    for (int32_t row = 0; row < layer->part_rows; row += CBCNN_LANE_WORDS) {
        const cbcnn_threshold_t *starts = layer->starts;
        cbcnn_lanes_t fired[CBCNN_GROUP_FILTERS];
        starts += group * CBCNN_GROUP_FILTERS * layer->classes;
        if (row == 0 || !classes->repeats) {
            for (int32_t filter = 0; filter < filters; filter++) {
                cbcnn_start_number(starts, classes, fixed->starts + filter);
                starts += layer->classes;
            }
        }
        cbcnn_count_buckets(memory->planes + row, list, sizes, fixed->buckets);
        cbcnn_sum_buckets(fixed->buckets, fixed->starts, layer->top, fired);
        for (int32_t filter = 0; filter < CBCNN_GROUP_FILTERS; filter++) {
            cbcnn_word_t *const to = memory->fired + filter * layer->rows + first + row;
            memcpy(to, fired + filter, sizeof *fired);
        }
        classes++;
    }
}

#endif
