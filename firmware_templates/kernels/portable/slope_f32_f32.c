/* SPDX-License-Identifier: 0BSD */
#include "bend_f32.h"
#include "bend_number.h"
#include "kernels.h"

void cbcnn_slope_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output)
{
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            *output++ = cbcnn_slope_number(*input++, layer->values[channel]);
        }
    }
}
