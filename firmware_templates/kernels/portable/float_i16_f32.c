/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "to_float.h"

void cbcnn_float_i16_f32(const cbcnn_to_float_t *layer, const int16_t *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    for (int32_t i = 0; i < count; i++) {
        output[i] = (float)input[i] * *layer->scale;
    }
}
