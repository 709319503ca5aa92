/* SPDX-License-Identifier: 0BSD */
#include "concatenate.h"
#include "kernels.h"
#include "words.h"

/* `channels` of each pixel that is read, `other_channels` of each of the `pixels` that are made. */
void cbcnn_repack_b1_b1(
    const cbcnn_concatenate_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output)
{
    int32_t from = 0;
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        cbcnn_word_t word = 0;
        for (int32_t channel = 0; channel < layer->other_channels; channel++) {
            const int32_t bit = channel % CBCNN_WORD_BITS;
            const cbcnn_word_t sign = input[from / CBCNN_WORD_BITS] >> (from % CBCNN_WORD_BITS) & 1;
            word |= (cbcnn_word_t)(sign << bit);
            if (bit == CBCNN_WORD_BITS - 1 || channel == layer->other_channels - 1) {
                *output++ = word;
                word = 0;
            }
            from++;
            if (from == layer->channels) {
                input += cbcnn_words_for(layer->channels);
                from = 0;
            }
        }
    }
}
