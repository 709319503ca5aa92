/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pooled_sums.h"
#include "rescaled_conv.h"

void cbcnn_conv_b1_i16(
    const cbcnn_conv_b1_i16_t *layer,
    const cbcnn_word_t *input,
    int16_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_b1_t product = {layer->conv, layer->pad, layer->weights, NULL, NULL};
    const cbcnn_map_t *map = &product.conv.output;
    const int32_t step = layer->to.step;
    int32_t *const sums = (int32_t *)(void *)scratch;
    cbcnn_word_t *const patch = scratch + cbcnn_sum_words(&product.conv);
    for (int32_t row = 0; row < map->height; row++) {
        for (int32_t column = 0; column < map->width; column++) {
            const CBCNN_TABLE int32_t *scales = layer->scales;
            cbcnn_pool_sums(&product, row, column, input, patch, sums);
            for (int32_t channel = 0; channel < map->channels; channel++) {
                *output++ = (int16_t)cbcnn_rescale(&layer->to, scales, sums[channel]);
                scales += step;
            }
        }
    }
}
