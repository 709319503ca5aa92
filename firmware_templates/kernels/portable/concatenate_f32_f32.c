/* SPDX-License-Identifier: 0BSD */
#include "join_f32.h"
#include "kernels.h"
#include <string.h>

void cbcnn_concatenate_f32_f32(
    const cbcnn_join_f32_t *layer,
    const float *input,
    const float *other,
    float *output)
{
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        memcpy(output, input, (size_t)layer->channels * sizeof *output);
        output += layer->channels;
        input += layer->channels;
        memcpy(output, other, (size_t)layer->other_channels * sizeof *output);
        output += layer->other_channels;
        other += layer->other_channels;
    }
}
