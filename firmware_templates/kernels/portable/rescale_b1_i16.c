/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "rescale.h"
#include "words.h"

void cbcnn_rescale_b1_i16(const cbcnn_rescale_t *layer, const cbcnn_word_t *input, int16_t *output)
{
    const int32_t step = layer->to.step;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        const CBCNN_TABLE int32_t *row = layer->scales;
        cbcnn_word_t bits = 0;
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            if (channel % CBCNN_WORD_BITS == 0) {
                bits = *input++;
            }
            *output++ = (int16_t)cbcnn_rescale(&layer->to, row, (bits & 1) != 0 ? 1 : -1);
            bits >>= 1;
            row += step;
        }
    }
}
