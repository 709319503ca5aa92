/* SPDX-License-Identifier: 0BSD */
#include "conv_plane.h"
#include "kernels.h"
#include "pattern_sums.h"
#include "plane_patch.h"

static void cbcnn_raise_narrow_pattern_accumulators(
    const cbcnn_conv_plane_t *layer,
    const int32_t *sums,
    int16_t *pixel)
{
    const int32_t groups = cbcnn_filter_groups(&layer->conv);
    const int32_t filter_bytes = cbcnn_pattern_bytes(groups);
    const CBCNN_TABLE uint8_t *filter = layer->weights;
    for (int32_t channel = 0; channel < layer->conv.output.channels; channel++) {
        const int32_t sum = cbcnn_add_patterns(sums, filter, groups);
        if (sum > pixel[channel]) {
            pixel[channel] = (int16_t)sum;
        }
        filter += filter_bytes;
    }
}

void cbcnn_sums_plane_i16(
    const cbcnn_conv_plane_t *layer,
    const cbcnn_pixel_t *input,
    int16_t *output,
    int32_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            area = cbcnn_pooled_area(conv, row, column);
            for (int32_t channel = 0; channel < conv->output.channels; channel++) {
                output[channel] = INT16_MIN;
            }
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    cbcnn_gather_sums(layer, i, j, input, scratch);
                    cbcnn_raise_narrow_pattern_accumulators(layer, scratch, output);
                }
            }
            output += conv->output.channels;
        }
    }
}
