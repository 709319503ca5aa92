/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "exponential.h"
#include "kernels.h"

void cbcnn_exponential_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        output[i] = cbcnn_exponential(input[i]);
    }
}
