/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_POOLED_SUMS_H
#define CBCNN_POOLED_SUMS_H

#include "conv_b1.h"
#include "patch.h"
#include "raise_accumulators.h"

/* Scratch holds the sums of one pixel, then from a whole word on a patch. */
static inline int32_t cbcnn_sum_words(const cbcnn_conv_t *conv)
{
    const int32_t word_bytes = (int32_t)sizeof(cbcnn_word_t);
    return (conv->output.channels * (int32_t)sizeof(int32_t) + word_bytes - 1) / word_bytes;
}

/* The largest sum of each channel under the pooling window of one pixel. */
static inline void cbcnn_pool_sums(
    const cbcnn_conv_b1_t *product,
    int32_t row,
    int32_t column,
    const cbcnn_word_t *input,
    cbcnn_word_t *memory,
    int32_t *sums)
{
    const cbcnn_conv_t *conv = &product->conv;
    cbcnn_area_t area;
    cbcnn_patch_t patch;
    area = cbcnn_pooled_area(conv, row, column);
    for (int32_t channel = 0; channel < conv->output.channels; channel++) {
        sums[channel] = INT32_MIN;
    }
    for (int32_t i = area.rows.first; i < area.rows.end; i++) {
        for (int32_t j = area.columns.first; j < area.columns.end; j++) {
            patch = cbcnn_gather(conv, product->pad, i, j, input, memory);
            cbcnn_raise_accumulators(product, &patch, sums);
        }
    }
}

#endif
