/* SPDX-License-Identifier: 0BSD */
#include "byte_counts.h"
#include "conv_b1.h"
#include "kernels.h"
#include "types.h"
#include "words.h"
#include <string.h>

/*
 * The number of bits in which a pixel and a filter differ, of so few words that full adders would not
 * pay: at most CBCNN_MOST_WORDS.
 */
static inline int32_t cbcnn_count_point(
    const cbcnn_word_t *pixel,
    const CBCNN_TABLE cbcnn_word_t *filter,
    int32_t words)
{
    cbcnn_word_t bytes = 0;
    for (int32_t i = 0; i < words; i++) {
        bytes += cbcnn_count_bytes(pixel[i] ^ filter[i]);
    }
    return cbcnn_add_bytes(bytes);
}

/* Sets the bit of every channel that fires for a pixel of the map; see cbcnn_fire_channels. */
static void cbcnn_fire_point(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *pixel,
    cbcnn_word_t *output)
{
    const int32_t inputs = layer->conv.input.channels;
    const int32_t channels = layer->conv.output.channels;
    const int32_t words = cbcnn_words_for(inputs);
    const CBCNN_TABLE cbcnn_word_t *filter = layer->weights;
    int32_t channel = 0;
    while (channel < channels) {
        cbcnn_word_t fired = *output;
        cbcnn_word_t bit = 1;
        while (bit != 0 && channel < channels) {
            if ((fired & bit) == 0) {
                const int32_t sum = inputs - (cbcnn_count_point(pixel, filter, words) << 1);
                fired |= sum >= layer->thresholds[channel] ? bit : 0;
            }
            filter += words;
            channel++;
            bit <<= 1;
        }
        *output++ = fired;
    }
}

void cbcnn_conv_pointwise_b1_b1(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t input_words = cbcnn_words_for(conv->input.channels);
    const int32_t output_words = cbcnn_words_for(conv->output.channels);
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            area = cbcnn_pooled_area(conv, row, column);
            memset(output, 0, (size_t)output_words * sizeof *output);
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    const int32_t above = i * conv->window.stride_height * conv->input.width;
                    const int32_t pixel = above + j * conv->window.stride_width;
                    cbcnn_fire_point(layer, input + pixel * input_words, output);
                }
            }
            for (int32_t word = 0; word < output_words; word++) {
                *output++ ^= layer->complement[word];
            }
        }
    }
}
