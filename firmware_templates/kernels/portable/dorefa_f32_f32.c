/* SPDX-License-Identifier: 0BSD */
#include "bend_f32.h"
#include "kernels.h"
#include "two_roundings.h"

/* Adding 2^23 rounds a number from 0 to 2^22 to an integer, half to even. */
void cbcnn_dorefa_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    const float steps = layer->values[0];
    for (int32_t i = 0; i < count; i++) {
        float x = input[i] > 0 ? input[i] : 0;
        x = x < 1 ? x : 1;
        x = cbcnn_rounded(cbcnn_rounded(x * steps) + 8388608.0F) - 8388608.0F;
        output[i] = x / steps;
    }
}
