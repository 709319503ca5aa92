/* SPDX-License-Identifier: 0BSD */
#include "bend_f32.h"
#include "kernels.h"
#include "square_root.h"
#include "two_roundings.h"

/* The values are epsilon, a factor for each channel, and an offset for each channel. */
void cbcnn_layer_norm_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output)
{
    const int32_t channels = layer->map.channels;
    const float *gamma = layer->values + 1;
    const float *beta = gamma + channels;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        float total = 0;
        for (int32_t channel = 0; channel < channels; channel++) {
            total = total + input[channel];
        }
        const float mean = total / (float)channels;
        total = 0;
        for (int32_t channel = 0; channel < channels; channel++) {
            const float centred = cbcnn_rounded(input[channel] - mean);
            total = total + cbcnn_rounded(centred * centred);
        }
        const float variance = total / (float)channels;
        const float factor = 1.0F / cbcnn_square_root(cbcnn_rounded(variance + layer->values[0]));
        for (int32_t channel = 0; channel < channels; channel++) {
            const float scaled = cbcnn_rounded((input[channel] - mean) * factor);
            output[channel] = cbcnn_rounded(scaled * gamma[channel]) + beta[channel];
        }
        input += channels;
        output += channels;
    }
}
