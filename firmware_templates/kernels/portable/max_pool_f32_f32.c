/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pool_f32.h"

static float cbcnn_largest(
    const cbcnn_pool_f32_t *layer,
    const cbcnn_under_t *under,
    const float *input)
{
    const int32_t width = layer->input.width;
    const int32_t channels = layer->input.channels;
    float best = input[(under->rows.first * width + under->columns.first) * channels];
    for (int32_t row = under->rows.first; row < under->rows.end; row++) {
        for (int32_t column = under->columns.first; column < under->columns.end; column++) {
            const float x = input[(row * width + column) * channels];
            best = x > best ? x : best;
        }
    }
    return best;
}

void cbcnn_max_pool_f32_f32(const cbcnn_pool_f32_t *layer, const float *input, float *output)
{
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const cbcnn_under_t under = cbcnn_under_window(layer, row, column);
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                *output++ = cbcnn_largest(layer, &under, input + channel);
            }
        }
    }
}
