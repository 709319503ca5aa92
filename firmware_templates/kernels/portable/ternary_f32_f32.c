/* SPDX-License-Identifier: 0BSD */
#include "bend_f32.h"
#include "kernels.h"

void cbcnn_ternary_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    const float threshold = layer->values[0];
    for (int32_t i = 0; i < count; i++) {
        const float x = input[i];
        output[i] = x >= threshold ? 1.0F : (x <= -threshold ? -1.0F : 0.0F);
    }
}
