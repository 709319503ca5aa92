/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "kernels.h"
#include "words.h"

/* Equal signs make +1. */
void cbcnn_multiply_b1_b1(
    const cbcnn_elements_t *layer,
    const cbcnn_word_t *input,
    const cbcnn_word_t *other,
    cbcnn_word_t *output)
{
    const int32_t words = cbcnn_words_for(layer->channels);
    const int32_t unused = words * CBCNN_WORD_BITS - layer->channels;
    const cbcnn_word_t last = (cbcnn_word_t)-1 >> unused;
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        for (int32_t word = 0; word < words; word++) {
            const cbcnn_word_t equal = ~(*input++ ^ *other++);
            *output++ = word == words - 1 ? equal & last : equal;
        }
    }
}
