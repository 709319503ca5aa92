/* SPDX-License-Identifier: 0BSD */
#include "geometry.h"
#include "kernels.h"
#include "pool_b1.h"
#include "words.h"

/* The maximum of -1/+1 is OR, the minimum AND. */
static cbcnn_word_t cbcnn_pool_word(
    const cbcnn_pool_b1_t *layer,
    const cbcnn_span_t *rows,
    const cbcnn_span_t *columns,
    const cbcnn_word_t *input,
    int32_t word)
{
    const int32_t pixel_words = cbcnn_words_for(layer->input.channels);
    const cbcnn_word_t minimum = layer->minimum[word];
    cbcnn_word_t any = 0;
    cbcnn_word_t all = (cbcnn_word_t)-1;
    for (int32_t row = rows->first; row < rows->end; row++) {
        for (int32_t column = columns->first; column < columns->end; column++) {
            const int32_t pixel = row * layer->input.width + column;
            any |= input[pixel * pixel_words + word];
            all &= input[pixel * pixel_words + word];
        }
    }
    return (any & ~minimum) | (all & minimum);
}

void cbcnn_pool_b1_b1(const cbcnn_pool_b1_t *layer, const cbcnn_word_t *input, cbcnn_word_t *output)
{
    const cbcnn_window_t *window = &layer->window;
    const int32_t pixel_words = cbcnn_words_for(layer->input.channels);
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const int32_t top = row * window->stride_height - window->top;
            const int32_t left = column * window->stride_width - window->left;
            cbcnn_span_t rows;
            cbcnn_span_t columns;
            rows = cbcnn_clip(top, window->height, layer->input.height);
            columns = cbcnn_clip(left, window->width, layer->input.width);
            for (int32_t word = 0; word < pixel_words; word++) {
                *output++ = cbcnn_pool_word(layer, &rows, &columns, input, word);
            }
        }
    }
}
