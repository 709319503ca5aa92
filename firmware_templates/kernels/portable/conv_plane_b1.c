/* SPDX-License-Identifier: 0BSD */
#include "conv_plane.h"
#include "kernels.h"
#include "pattern_sums.h"
#include "plane_patch.h"
#include "words.h"
#include <stddef.h>
#include <string.h>

/* As in conv_b1_b1, pooling is OR, and a channel that has fired is not computed again. */
static void cbcnn_fire_pattern_channels(
    const cbcnn_conv_plane_t *layer,
    const int32_t *sums,
    cbcnn_word_t *pixel)
{
    const int32_t groups = cbcnn_filter_groups(&layer->conv);
    const int32_t filter_bytes = cbcnn_pattern_bytes(groups);
    const int32_t channels = layer->conv.output.channels;
    const CBCNN_TABLE uint8_t *filter = layer->weights;
    int32_t channel = 0;
    while (channel < channels) {
        cbcnn_word_t fired = *pixel;
        cbcnn_word_t bit = 1;
        while (bit != 0 && channel < channels) {
            if ((fired & bit) == 0) {
                const int32_t sum = cbcnn_add_patterns(sums, filter, groups);
                fired |= sum >= layer->thresholds[channel] ? bit : 0;
            }
            filter += filter_bytes;
            channel++;
            bit <<= 1;
        }
        *pixel++ = fired;
    }
}

void cbcnn_conv_plane_b1(
    const cbcnn_conv_plane_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    int32_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            area = cbcnn_pooled_area(conv, row, column);
            memset(output, 0, (size_t)pixel_words * sizeof *output);
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    cbcnn_gather_sums(layer, i, j, input, scratch);
                    cbcnn_fire_pattern_channels(layer, scratch, output);
                }
            }
            for (int32_t word = 0; word < pixel_words; word++) {
                *output++ ^= layer->complement[word];
            }
        }
    }
}
