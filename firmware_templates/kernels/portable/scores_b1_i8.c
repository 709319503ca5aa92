/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "kernels.h"

void cbcnn_scores_b1_i8(const cbcnn_elements_t *layer, const cbcnn_word_t *signs, int8_t *scores)
{
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        cbcnn_word_t bits = 0;
        for (int32_t channel = 0; channel < layer->channels; channel++) {
            if (channel % CBCNN_WORD_BITS == 0) {
                bits = *signs++;
            }
            *scores++ = (bits & 1) != 0 ? 1 : -1;
            bits >>= 1;
        }
    }
}
