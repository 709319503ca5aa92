/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "rescale.h"

void cbcnn_rescale_i16_i32(const cbcnn_rescale_t *layer, const int16_t *input, int32_t *output)
{
    const int32_t step = layer->to.step;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        const CBCNN_TABLE int32_t *row = layer->scales;
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            *output++ = cbcnn_rescale(&layer->to, row, *input++);
            row += step;
        }
    }
}
