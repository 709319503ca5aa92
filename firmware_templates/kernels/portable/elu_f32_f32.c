/* SPDX-License-Identifier: 0BSD */
#include "bend_f32.h"
#include "exponential.h"
#include "kernels.h"

void cbcnn_elu_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    const float above = layer->values[0];
    const float below = layer->values[1];
    for (int32_t i = 0; i < count; i++) {
        const float x = input[i];
        if (x > 0) {
            output[i] = x * above;
        } else {
            output[i] = cbcnn_rounded(cbcnn_rounded(cbcnn_exponential(x)) - 1.0F) * below;
        }
    }
}
