/* SPDX-License-Identifier: 0BSD */
#include "join_i16.h"
#include "kernels.h"

static int16_t *cbcnn_put_shifted(
    const int16_t *from,
    int32_t channels,
    int32_t shift,
    int16_t *output)
{
    for (int32_t channel = 0; channel < channels; channel++) {
        *output++ = (int16_t)cbcnn_round_shift(*from++, shift);
    }
    return output;
}

void cbcnn_concatenate_i16_i16(
    const cbcnn_join_i16_t *layer,
    const int16_t *input,
    const int16_t *other,
    int16_t *output)
{
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        output = cbcnn_put_shifted(input, layer->channels, layer->shift, output);
        output = cbcnn_put_shifted(other, layer->other_channels, layer->other_shift, output);
        input += layer->channels;
        other += layer->other_channels;
    }
}
