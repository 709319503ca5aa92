/* SPDX-License-Identifier: 0BSD */
#include "join_i16.h"
#include "kernels.h"

void cbcnn_multiply_i16_i16(
    const cbcnn_join_i16_t *layer,
    const int16_t *input,
    const int16_t *other,
    int16_t *output)
{
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        for (int32_t channel = 0; channel < layer->channels; channel++) {
            const int32_t product = (int32_t)*input++ * other[channel];
            const int32_t shifted = cbcnn_round_shift(product, layer->right);
            *output++ = (int16_t)cbcnn_limit(shifted, -32767, 32767);
        }
        other += layer->other_channels;
    }
}
