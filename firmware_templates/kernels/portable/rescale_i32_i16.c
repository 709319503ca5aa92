/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "rescale.h"

void cbcnn_rescale_i32_i16(const cbcnn_rescale_t *layer, const int32_t *input, int16_t *output)
{
    const int32_t step = layer->to.step;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        const CBCNN_TABLE int32_t *row = layer->scales;
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            *output++ = (int16_t)cbcnn_rescale(&layer->to, row, *input++);
            row += step;
        }
    }
}
