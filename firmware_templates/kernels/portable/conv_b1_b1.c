/* SPDX-License-Identifier: 0BSD */
#include "conv_b1.h"
#include "kernels.h"
#include "patch.h"

/*
 * Max pooling before the comparison equals OR after it: the largest accumulator reaches the
 * threshold exactly when one of them does. A channel that has fired is not computed again.
 */
static void cbcnn_fire_channels(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_patch_t *patch,
    cbcnn_word_t *pixel)
{
    const int32_t filter_words = cbcnn_filter_words(&layer->conv);
    const int32_t channels = layer->conv.output.channels;
    const cbcnn_word_t *filter = layer->weights;
    int32_t channel = 0;
    while (channel < channels) {
        cbcnn_word_t fired = *pixel;
        cbcnn_word_t bit = 1;
        while (bit != 0 && channel < channels) {
            if ((fired & bit) == 0) {
                const int32_t accumulator = cbcnn_accumulate(patch, filter);
                fired |= accumulator >= layer->thresholds[channel] ? bit : 0;
            }
            filter += filter_words;
            channel++;
            bit <<= 1;
        }
        *pixel++ = fired;
    }
}

void cbcnn_conv_b1_b1(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            cbcnn_patch_t patch;
            area = cbcnn_pooled_area(conv, row, column);
            memset(output, 0, (size_t)pixel_words * sizeof *output);
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    patch = cbcnn_gather(layer, i, j, input, scratch);
                    cbcnn_fire_channels(layer, &patch, output);
                }
            }
            for (int32_t word = 0; word < pixel_words; word++) {
                *output++ ^= layer->complement[word];
            }
        }
    }
}
