/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "exponential.h"
#include "kernels.h"

void cbcnn_sigmoid_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        const float x = input[i];
        const float e = cbcnn_rounded(cbcnn_exponential(x < 0 ? x : -x));
        output[i] = (x >= 0 ? 1.0F : e) / cbcnn_rounded(1.0F + e);
    }
}
