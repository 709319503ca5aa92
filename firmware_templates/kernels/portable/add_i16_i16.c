/* SPDX-License-Identifier: 0BSD */
#include "join_i16.h"
#include "kernels.h"

void cbcnn_add_i16_i16(
    const cbcnn_join_i16_t *layer,
    const int16_t *input,
    const int16_t *other,
    int16_t *output)
{
    const int32_t count = layer->pixels * layer->channels;
    const int32_t factor = (int32_t)1 << layer->shift;
    const int32_t other_factor = (int32_t)1 << layer->other_shift;
    for (int32_t i = 0; i < count; i++) {
        const int32_t sum = input[i] * factor + other[i] * other_factor;
        output[i] = (int16_t)cbcnn_limit(cbcnn_round_shift(sum, layer->right), -32767, 32767);
    }
}
