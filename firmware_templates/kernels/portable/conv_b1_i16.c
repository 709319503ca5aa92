/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "patch.h"
#include "raise_accumulators.h"
#include "rescaled_conv.h"

void cbcnn_conv_b1_i16(
    const cbcnn_conv_b1_i16_t *layer,
    const cbcnn_word_t *input,
    int16_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_b1_t product = {layer->conv, layer->pad, layer->weights, NULL, NULL};
    const cbcnn_conv_t *conv = &product.conv;
    const int32_t step = layer->to.step;
    int32_t *const sums = (int32_t *)(void *)(scratch + cbcnn_filter_words(conv));
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            const CBCNN_TABLE int32_t *scales = layer->scales;
            cbcnn_area_t area;
            cbcnn_patch_t patch;
            area = cbcnn_pooled_area(conv, row, column);
            for (int32_t channel = 0; channel < conv->output.channels; channel++) {
                sums[channel] = INT32_MIN;
            }
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    patch = cbcnn_gather(conv, layer->pad, i, j, input, scratch);
                    cbcnn_raise_accumulators(&product, &patch, sums);
                }
            }
            for (int32_t channel = 0; channel < conv->output.channels; channel++) {
                *output++ = (int16_t)cbcnn_rescale(&layer->to, scales, sums[channel]);
                scales += step;
            }
        }
    }
}
