/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "multiply_add.h"
#include "norm_f32.h"

void cbcnn_norm_f32_f32(const cbcnn_norm_f32_t *layer, const float *input, float *output)
{
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            const float x = (*input++ - layer->mean[channel]) * layer->inverse[channel];
            *output++ = cbcnn_fused_add(x, layer->gamma[channel], layer->beta[channel]);
        }
    }
}
