/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "sign_f32.h"

void cbcnn_sign_f32_b1(const cbcnn_sign_f32_t *layer, const float *input, cbcnn_word_t *output)
{
    const int32_t channels = layer->map.channels;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        cbcnn_word_t word = 0;
        for (int32_t channel = 0; channel < channels; channel++) {
            const int32_t bit = channel % CBCNN_WORD_BITS;
            const float x = *input++;
            if (x > 0 || (x == 0 && layer->zero_fires != 0)) {
                word |= (cbcnn_word_t)1 << bit;
            }
            if (bit == CBCNN_WORD_BITS - 1 || channel == channels - 1) {
                *output++ = word;
                word = 0;
            }
        }
    }
}
