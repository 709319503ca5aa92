/* SPDX-License-Identifier: 0BSD */
#include "concatenate.h"
#include "kernels.h"
#include "words.h"
#include <string.h>

/* Words of the second map are shifted to where the first one's bits end. */
void cbcnn_concatenate_b1_b1(
    const cbcnn_concatenate_t *layer,
    const cbcnn_word_t *input,
    const cbcnn_word_t *other,
    cbcnn_word_t *output)
{
    const int32_t words = cbcnn_words_for(layer->channels);
    const int32_t more = cbcnn_words_for(layer->other_channels);
    const int32_t total = cbcnn_words_for(layer->channels + layer->other_channels);
    const int32_t shift = layer->channels % CBCNN_WORD_BITS;
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        memcpy(output, input, (size_t)words * sizeof *output);
        if (shift == 0) {
            memcpy(output + words, other, (size_t)more * sizeof *output);
        } else {
            for (int32_t i = 0; i < more; i++) {
                output[words - 1 + i] |= other[i] << shift;
                if (words + i < total) {
                    output[words + i] = other[i] >> (CBCNN_WORD_BITS - shift);
                }
            }
        }
        input += words;
        other += more;
        output += total;
    }
}
