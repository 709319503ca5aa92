/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PLANE_CHUNK_H
#define CBCNN_PLANE_CHUNK_H

#include "dense_plane.h"
#include "pattern_sums.h"
#include "pixel.h"
#include "types.h"

/* Inputs whose pattern sums are held at a time: 8 groups of 16 sums. */
#define CBCNN_CHUNK_INPUTS 32
#define CBCNN_CHUNK_SUMS 128

/* Makes the pattern sums of the inputs from `first` on and returns the number of groups. */
static int32_t cbcnn_sum_chunk(
    const cbcnn_dense_plane_t *layer,
    int32_t first,
    const cbcnn_pixel_t *input,
    int32_t *sums)
{
    const int32_t left = layer->inputs - first;
    const int32_t most = CBCNN_CHUNK_INPUTS;
    const int32_t count = left < most ? left : most;
    const int32_t shift = layer->shift;
    const int32_t offset = layer->offset;
    int32_t groups = 0;
    int32_t next = 0;
    while (next < count) {
        int32_t taps[CBCNN_GROUP_TAPS] = {0, 0, 0, 0};
        for (int32_t tap = 0; tap < CBCNN_GROUP_TAPS && next < count; tap++) {
            taps[tap] = cbcnn_pixel_value(input[first + next], shift, offset);
            next++;
        }
        cbcnn_make_pattern_sums(taps, sums);
        sums += CBCNN_GROUP_SUMS;
        groups++;
    }
    return groups;
}

/* Sets the accumulators of `count` units from `unit` on. */
static void cbcnn_accumulate_units(
    const cbcnn_dense_plane_t *layer,
    int32_t unit,
    int32_t count,
    const cbcnn_pixel_t *input,
    int32_t *accumulators,
    int32_t *sums)
{
    const int32_t unit_groups = cbcnn_groups_for(layer->inputs);
    const int32_t unit_bytes = cbcnn_pattern_bytes(unit_groups);
    for (int32_t i = 0; i < count; i++) {
        accumulators[i] = 0;
    }
    for (int32_t first = 0; first < layer->inputs; first += CBCNN_CHUNK_INPUTS) {
        const int32_t groups = cbcnn_sum_chunk(layer, first, input, sums);
        const CBCNN_TABLE uint8_t *patterns = layer->weights + unit * unit_bytes + first / 8;
        for (int32_t i = 0; i < count; i++) {
            accumulators[i] += cbcnn_add_patterns(sums, patterns, groups);
            patterns += unit_bytes;
        }
    }
}

#endif
