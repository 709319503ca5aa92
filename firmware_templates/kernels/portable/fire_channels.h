/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_FIRE_CHANNELS_H
#define CBCNN_FIRE_CHANNELS_H

#include "mismatches.h"
#include "types.h"

/* What an accumulator is made of and compared with. A filter takes `filter_words` words. */
typedef struct {
    int32_t channels;
    int32_t filter_words;
    const CBCNN_TABLE cbcnn_word_t *weights;
    const CBCNN_TABLE cbcnn_threshold_t *thresholds;
} cbcnn_filters_t;

/*
 * Sets the bit of every channel of a pixel that fires for the patch. Max pooling before the
 * comparison equals OR after it: the largest accumulator reaches the threshold exactly when one of
 * them does. A channel that has fired is not computed again.
 */
static void cbcnn_fire_channels(
    const cbcnn_filters_t *filters,
    const cbcnn_patch_t *patch,
    cbcnn_word_t *pixel)
{
    const CBCNN_TABLE cbcnn_word_t *filter = filters->weights;
    int32_t channel = 0;
    while (channel < filters->channels) {
        cbcnn_word_t fired = *pixel;
        cbcnn_word_t bit = 1;
        while (bit != 0 && channel < filters->channels) {
            if ((fired & bit) == 0) {
                const int32_t accumulator = cbcnn_accumulate(patch, filter);
                fired |= accumulator >= filters->thresholds[channel] ? bit : 0;
            }
            filter += filters->filter_words;
            channel++;
            bit <<= 1;
        }
        *pixel++ = fired;
    }
}

#endif
