/* SPDX-License-Identifier: 0BSD */
#include "gather_narrow.h"
#include "kernels.h"

void cbcnn_gather_i16_i16(const cbcnn_gather_narrow_t *layer, const int16_t *input, int16_t *output)
{
    const int32_t channels = layer->channels.size;
    for (int32_t row = 0; row < layer->rows.size; row++) {
        const int32_t above = cbcnn_find_along(&layer->rows, row);
        for (int32_t column = 0; column < layer->columns.size; column++) {
            const int32_t beside = cbcnn_find_along(&layer->columns, column);
            const int32_t is_filled = above < 0 || beside < 0;
            for (int32_t channel = 0; channel < channels; channel++) {
                const int32_t inside = cbcnn_find_along(&layer->channels, channel);
                if (is_filled || inside < 0) {
                    *output = (int16_t)layer->fill;
                } else {
                    *output = input[above + beside + inside];
                }
                output++;
            }
        }
    }
}
