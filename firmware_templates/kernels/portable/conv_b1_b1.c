/* SPDX-License-Identifier: 0BSD */
#include "conv_b1.h"
#include "fire_channels.h"
#include "kernels.h"
#include "patch.h"

void cbcnn_conv_b1_b1(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    const cbcnn_filters_t filters =
        {conv->output.channels, cbcnn_filter_words(conv), layer->weights, layer->thresholds};
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            cbcnn_patch_t patch;
            area = cbcnn_pooled_area(conv, row, column);
            memset(output, 0, (size_t)pixel_words * sizeof *output);
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    patch = cbcnn_gather(conv, layer->pad, i, j, input, scratch);
                    cbcnn_fire_channels(&filters, &patch, output);
                }
            }
            for (int32_t word = 0; word < pixel_words; word++) {
                *output++ ^= layer->complement[word];
            }
        }
    }
}
