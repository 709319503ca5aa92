/* SPDX-License-Identifier: 0BSD */
#include "conv_b1.h"
#include "kernels.h"
#include "patch.h"

static void cbcnn_raise_narrow_accumulators(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_patch_t *patch,
    int16_t *pixel)
{
    const int32_t filter_words = cbcnn_filter_words(&layer->conv);
    const CBCNN_TABLE cbcnn_word_t *filter = layer->weights;
    for (int32_t channel = 0; channel < layer->conv.output.channels; channel++) {
        const int32_t accumulator = cbcnn_accumulate(patch, filter);
        if (accumulator > pixel[channel]) {
            pixel[channel] = (int16_t)accumulator;
        }
        filter += filter_words;
    }
}

void cbcnn_sums_b1_i16(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    int16_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            cbcnn_patch_t patch;
            area = cbcnn_pooled_area(conv, row, column);
            for (int32_t channel = 0; channel < conv->output.channels; channel++) {
                output[channel] = INT16_MIN;
            }
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    patch = cbcnn_gather(conv, layer->pad, i, j, input, scratch);
                    cbcnn_raise_narrow_accumulators(layer, &patch, output);
                }
            }
            output += conv->output.channels;
        }
    }
}
