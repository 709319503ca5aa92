/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "kernels.h"
#include "two_roundings.h"

void cbcnn_softsign_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        const float x = input[i];
        const float size = x < 0 ? -x : x;
        output[i] = x / cbcnn_rounded(1.0F + size);
    }
}
