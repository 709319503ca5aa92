/* SPDX-License-Identifier: 0BSD */
#include "conv_b1.h"
#include "kernels.h"
#include "patch.h"
#include "raise_accumulators.h"

void cbcnn_conv_b1_i32(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    int32_t *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            cbcnn_patch_t patch;
            area = cbcnn_pooled_area(conv, row, column);
            for (int32_t channel = 0; channel < conv->output.channels; channel++) {
                output[channel] = INT32_MIN;
            }
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    patch = cbcnn_gather(conv, layer->pad, i, j, input, scratch);
                    cbcnn_raise_accumulators(layer, &patch, output);
                }
            }
            output += conv->output.channels;
        }
    }
}
