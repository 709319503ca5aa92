/* SPDX-License-Identifier: 0BSD */
#include "gather_f32.h"
#include "kernels.h"

void cbcnn_gather_f32_f32(const cbcnn_gather_f32_t *layer, const float *input, float *output)
{
    const float fill = layer->fill[0];
    for (int32_t row = 0; row < layer->rows.size; row++) {
        const int32_t above = cbcnn_find_along(&layer->rows, row);
        for (int32_t column = 0; column < layer->columns.size; column++) {
            const int32_t beside = cbcnn_find_along(&layer->columns, column);
            const int32_t is_filled = above < 0 || beside < 0;
            for (int32_t channel = 0; channel < layer->channels.size; channel++) {
                const int32_t inside = cbcnn_find_along(&layer->channels, channel);
                *output++ = is_filled || inside < 0 ? fill : input[above + beside + inside];
            }
        }
    }
}
