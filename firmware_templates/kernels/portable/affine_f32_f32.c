/* SPDX-License-Identifier: 0BSD */
#include "affine_f32.h"
#include "affine_number.h"
#include "kernels.h"

void cbcnn_affine_f32_f32(const cbcnn_affine_f32_t *layer, const float *input, float *output)
{
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            *output++ =
                cbcnn_affine_number(*input++, layer->multiplier[channel], layer->bias[channel]);
        }
    }
}
