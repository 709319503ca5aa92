/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pool_narrow.h"
#include "rescaling.h"

static int32_t cbcnn_sum_i16(
    const cbcnn_pool_narrow_t *layer,
    const cbcnn_beneath_t *under,
    const int16_t *input)
{
    int32_t sum = 0;
    for (int32_t row = under->rows.first; row < under->rows.end; row++) {
        for (int32_t column = under->columns.first; column < under->columns.end; column++) {
            sum += input[(row * layer->input.width + column) * layer->input.channels];
        }
    }
    return sum;
}

/* floor(sum / pixels + 1/2); a division in C rounds to zero. */
static int32_t cbcnn_divide(int32_t sum, int32_t pixels)
{
    const int32_t doubled = 2 * sum + pixels;
    const int32_t quotient = doubled / (2 * pixels);
    return quotient * 2 * pixels > doubled ? quotient - 1 : quotient;
}

void cbcnn_average_pool_i16_i16(
    const cbcnn_pool_narrow_t *layer,
    const int16_t *input,
    int16_t *output)
{
    const int32_t factor = (int32_t)1 << layer->left;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const cbcnn_beneath_t under = cbcnn_beneath_window(layer, row, column);
            const int32_t columns = under.columns.end - under.columns.first;
            const int32_t pixels = (under.rows.end - under.rows.first) * columns;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                const int32_t sum = cbcnn_sum_i16(layer, &under, input + channel) * factor;
                const int32_t mean = cbcnn_divide(sum, pixels);
                *output++ = (int16_t)cbcnn_limit(mean, -32767, 32767);
            }
        }
    }
}
