/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "threshold_i16.h"

void cbcnn_threshold_i16_b1(
    const cbcnn_threshold_i16_t *layer,
    const int16_t *input,
    cbcnn_word_t *output)
{
    const int32_t channels = layer->map.channels;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        const CBCNN_TABLE cbcnn_word_t *complement = layer->complement;
        cbcnn_word_t word = 0;
        for (int32_t channel = 0; channel < channels; channel++) {
            const int32_t bit = channel % CBCNN_WORD_BITS;
            if (*input++ >= layer->limits[channel]) {
                word |= (cbcnn_word_t)1 << bit;
            }
            if (bit == CBCNN_WORD_BITS - 1 || channel == channels - 1) {
                *output++ = word ^ *complement++;
                word = 0;
            }
        }
    }
}
