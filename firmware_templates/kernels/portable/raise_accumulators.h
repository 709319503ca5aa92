/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_RAISE_ACCUMULATORS_H
#define CBCNN_RAISE_ACCUMULATORS_H

#include "conv_b1.h"
#include "patch.h"

static void cbcnn_raise_accumulators(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_patch_t *patch,
    int32_t *pixel)
{
    const int32_t filter_words = cbcnn_filter_words(&layer->conv);
    const CBCNN_TABLE cbcnn_word_t *filter = layer->weights;
    for (int32_t channel = 0; channel < layer->conv.output.channels; channel++) {
        const int32_t accumulator = cbcnn_accumulate(patch, filter);
        if (accumulator > pixel[channel]) {
            pixel[channel] = accumulator;
        }
        filter += filter_words;
    }
}

#endif
