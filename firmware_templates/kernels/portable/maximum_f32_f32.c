/* SPDX-License-Identifier: 0BSD */
#include "join_f32.h"
#include "kernels.h"

void cbcnn_maximum_f32_f32(
    const cbcnn_join_f32_t *layer,
    const float *input,
    const float *other,
    float *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        output[i] = other[i] > input[i] ? other[i] : input[i];
    }
}
