/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pool_narrow.h"

static int16_t cbcnn_largest_i16(
    const cbcnn_pool_narrow_t *layer,
    const cbcnn_beneath_t *under,
    const int16_t *input)
{
    int16_t best = INT16_MIN;
    for (int32_t row = under->rows.first; row < under->rows.end; row++) {
        for (int32_t column = under->columns.first; column < under->columns.end; column++) {
            const int16_t x = input[(row * layer->input.width + column) * layer->input.channels];
            if (x > best) {
                best = x;
            }
        }
    }
    return best;
}

void cbcnn_max_pool_i16_i16(const cbcnn_pool_narrow_t *layer, const int16_t *input, int16_t *output)
{
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const cbcnn_beneath_t under = cbcnn_beneath_window(layer, row, column);
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                *output++ = cbcnn_largest_i16(layer, &under, input + channel);
            }
        }
    }
}
