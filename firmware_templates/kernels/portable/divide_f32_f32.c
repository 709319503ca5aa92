/* SPDX-License-Identifier: 0BSD */
#include "bend_f32.h"
#include "kernels.h"

void cbcnn_divide_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    for (int32_t i = 0; i < count; i++) {
        output[i] = input[i] / layer->values[0];
    }
}
