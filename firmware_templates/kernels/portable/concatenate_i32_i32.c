/* SPDX-License-Identifier: 0BSD */
#include "concatenate.h"
#include "kernels.h"
#include <string.h>

void cbcnn_concatenate_i32_i32(
    const cbcnn_concatenate_t *layer,
    const int32_t *input,
    const int32_t *other,
    int32_t *output)
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
