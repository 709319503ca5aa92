/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "norm_f32.h"
#include "norm_number.h"

void cbcnn_norm_f32_f32(const cbcnn_norm_f32_t *layer, const float *input, float *output)
{
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            *output++ = cbcnn_norm_number(
                *input++,
                layer->mean[channel],
                layer->inverse[channel],
                layer->gamma[channel],
                layer->beta[channel]);
        }
    }
}
