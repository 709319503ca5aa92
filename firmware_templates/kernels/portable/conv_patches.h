/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_PATCHES_H
#define CBCNN_CONV_PATCHES_H

#include "conv_i8.h"
#include "patch_sums.h"
#include <stddef.h>

/* Where a kernel leaves its results: one of them is set, the others are NULL. */
typedef struct {
    int8_t *narrow;
    int16_t *wide;
    int32_t *whole;
} cbcnn_results_t;

static inline void cbcnn_put_result(const cbcnn_results_t *to, int32_t index, int32_t value)
{
    if (to->narrow != NULL) {
        to->narrow[index] = (int8_t)value;
    } else if (to->wide != NULL) {
        to->wide[index] = (int16_t)value;
    } else if (to->whole != NULL) {
        to->whole[index] = value;
    }
}

static inline int32_t cbcnn_patch_quads(const cbcnn_conv_i8_t *layer)
{
    const int32_t taps = layer->window.height * layer->window.width;
    return (taps * (layer->input.channels / layer->groups) + 3) / 4;
}

/* The results of a group's filters for one or two pixels, whose patches lie behind each other. */
static inline void cbcnn_put_group(
    const cbcnn_conv_i8_t *layer,
    int32_t group,
    const int16_t *patches,
    int32_t count,
    const cbcnn_results_t *to)
{
    const int32_t quads = cbcnn_patch_quads(layer);
    const int32_t filters = layer->output.channels / layer->groups;
    const int32_t step = layer->to.step;
    const CBCNN_TABLE int8_t *weights = layer->weights + group * filters * quads * 4;
    const CBCNN_TABLE int32_t *row = layer->scales + group * filters * step;
    const int16_t *other = patches + (count - 1) * quads * 4;
    int32_t index = group * filters;
    int32_t left = filters;
    while (left > 0) {
        const int32_t together = left >= 2 ? 2 : 1;
        int32_t sums[4];
        if (together == 2) {
            cbcnn_sum_two_by_two(weights, patches, other, quads, sums);
        } else {
            sums[0] = cbcnn_sum_one_by_one(weights, 4, patches, quads);
            sums[1] = cbcnn_sum_one_by_one(weights, 4, other, quads);
        }
        for (int32_t i = 0; i < together; i++) {
            cbcnn_put_result(to, index, cbcnn_rescale(&layer->to, row, sums[2 * i]));
            if (count == 2) {
                const int32_t result = cbcnn_rescale(&layer->to, row, sums[2 * i + 1]);
                cbcnn_put_result(to, index + layer->output.channels, result);
            }
            row += step;
            index++;
        }
        weights += together * quads * 4;
        left -= together;
    }
}

/* Results of the next pixels go behind those of `count` pixels. */
static inline void cbcnn_advance(cbcnn_results_t *to, int32_t items)
{
    if (to->narrow != NULL) {
        to->narrow += items;
    } else if (to->wide != NULL) {
        to->wide += items;
    } else if (to->whole != NULL) {
        to->whole += items;
    }
}

#endif
