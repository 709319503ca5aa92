/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_FIRE_CHANNELS_H
#define CBCNN_FIRE_CHANNELS_H

#include "mismatches.h"
#include "types.h"

/* What an accumulator is made of and compared with. A filter takes `filter_words` words. */
typedef struct {
    int32_t channels;
    int32_t filter_words;
    const cbcnn_word_t *weights;
    const cbcnn_threshold_t *thresholds;
} cbcnn_filters_t;

/*
 * As in the portable file, but channels that have fired are computed again: to look and to branch
 * takes more time, because what fires cannot be predicted.
 */
static void cbcnn_fire_channels(
    const cbcnn_filters_t *filters,
    const cbcnn_patch_t *patch,
    cbcnn_word_t *pixel)
{
    const cbcnn_word_t *filter = filters->weights;
    int32_t channel = 0;
    while (channel < filters->channels) {
        cbcnn_word_t fired = 0;
        for (int32_t i = 0; i < CBCNN_WORD_BITS && channel < filters->channels; i++) {
            const int32_t accumulator = cbcnn_accumulate(patch, filter);
            const cbcnn_word_t reached = accumulator >= filters->thresholds[channel];
            fired |= reached << i;
            filter += filters->filter_words;
            channel++;
        }
        *pixel++ |= fired;
    }
}

#endif
