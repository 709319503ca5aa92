/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "to_float.h"
#include "words.h"

void cbcnn_float_b1_f32(const cbcnn_to_float_t *layer, const cbcnn_word_t *input, float *output)
{
    const float scale = *layer->scale;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        cbcnn_word_t bits = 0;
        for (int32_t channel = 0; channel < layer->map.channels; channel++) {
            if (channel % CBCNN_WORD_BITS == 0) {
                bits = *input++;
            }
            *output++ = (bits & 1) != 0 ? scale : -scale;
            bits >>= 1;
        }
    }
}
