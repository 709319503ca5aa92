/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pool_i32.h"

void cbcnn_sum_pool_i16_i16(const cbcnn_pool_i32_t *layer, const int16_t *input, int16_t *output)
{
    const int32_t channels = layer->input.channels;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const cbcnn_pool_area_t area = cbcnn_pool_area(layer, row, column);
            for (int32_t channel = 0; channel < channels; channel++) {
                int32_t sum = 0;
                for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                    for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                        sum += input[(i * layer->input.width + j) * channels + channel];
                    }
                }
                *output++ = (int16_t)sum;
            }
        }
    }
}
