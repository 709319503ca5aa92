/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pool_i32.h"
#include "words.h"

void cbcnn_sum_pool_b1_i16(
    const cbcnn_pool_i32_t *layer,
    const cbcnn_word_t *input,
    int16_t *output)
{
    const int32_t words = cbcnn_words_for(layer->input.channels);
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const cbcnn_pool_area_t area = cbcnn_pool_area(layer, row, column);
            for (int32_t channel = 0; channel < layer->input.channels; channel++) {
                const int32_t word = channel / CBCNN_WORD_BITS;
                const int32_t bit = channel % CBCNN_WORD_BITS;
                int32_t sum = 0;
                for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                    for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                        const cbcnn_word_t x = input[(i * layer->input.width + j) * words + word];
                        sum += (x >> bit & 1) != 0 ? 1 : -1;
                    }
                }
                *output++ = (int16_t)sum;
            }
        }
    }
}
