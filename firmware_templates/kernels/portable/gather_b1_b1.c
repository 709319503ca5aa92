/* SPDX-License-Identifier: 0BSD */
#include "gather_narrow.h"
#include "kernels.h"
#include "words.h"
#include <string.h>

static inline cbcnn_word_t cbcnn_bit_at(const cbcnn_word_t *input, int32_t at)
{
    return input[at / CBCNN_WORD_BITS] >> (at % CBCNN_WORD_BITS) & 1;
}

/* One pixel, bit by bit; `before` are the bits in front of what its row and column read, or -1. */
static void cbcnn_gather_signs(
    const cbcnn_gather_narrow_t *layer,
    const cbcnn_word_t *input,
    int32_t before,
    cbcnn_word_t *output)
{
    cbcnn_word_t word = 0;
    for (int32_t channel = 0; channel < layer->channels.size; channel++) {
        const int32_t bit = channel % CBCNN_WORD_BITS;
        const int32_t inside = before < 0 ? -1 : cbcnn_find_along(&layer->channels, channel);
        const cbcnn_word_t sign =
            inside < 0 ? (cbcnn_word_t)layer->fill : cbcnn_bit_at(input, before + inside);
        word |= (cbcnn_word_t)(sign << bit);
        if (bit == CBCNN_WORD_BITS - 1 || channel == layer->channels.size - 1) {
            *output++ = word;
            word = 0;
        }
    }
}

void cbcnn_gather_b1_b1(
    const cbcnn_gather_narrow_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output)
{
    const cbcnn_along_t *channels = &layer->channels;
    const int32_t words = cbcnn_words_for(channels->size);
    const int32_t is_whole = channels->stride == 1 && channels->start == 0 && channels->step == 1 &&
                             channels->repeat == 1 && channels->size == channels->extent;
    for (int32_t row = 0; row < layer->rows.size; row++) {
        const int32_t above = cbcnn_find_along(&layer->rows, row);
        for (int32_t column = 0; column < layer->columns.size; column++) {
            const int32_t beside = cbcnn_find_along(&layer->columns, column);
            const int32_t before = above < 0 || beside < 0 ? -1 : above + beside;
            if (is_whole && before >= 0) {
                memcpy(output, input + before / CBCNN_WORD_BITS, (size_t)words * sizeof *output);
            } else {
                cbcnn_gather_signs(layer, input, before, output);
            }
            output += words;
        }
    }
}
