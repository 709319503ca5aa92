/* SPDX-License-Identifier: 0BSD */
#include "conv_epilogue.h"
#include "epilogue_f32.h"
#include "kernels.h"
#include "patch.h"
#include "raise_accumulators.h"

/* Sums become floats in their own memory: memcpy reads and writes what has two types. */
static void cbcnn_float_in_place(int32_t *sums, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        const float x = (float)sums[i];
        memcpy(&sums[i], &x, sizeof x);
    }
}

void cbcnn_conv_b1_f32(
    const cbcnn_conv_b1_f32_t *layer,
    const cbcnn_word_t *input,
    const float *other,
    float *output,
    cbcnn_word_t *scratch)
{
    const cbcnn_conv_b1_t product = {layer->conv, layer->pad, layer->weights, NULL, NULL};
    const cbcnn_conv_t *conv = &product.conv;
    const int32_t channels = conv->output.channels;
    int32_t *const sums = (int32_t *)(void *)scratch; /* in front of the patch, aligned */
    float *const pixel = (float *)(void *)sums;
    scratch += channels * (int32_t)(sizeof *sums / sizeof *scratch);
    for (int32_t row = 0; row < conv->output.height; row++) {
        for (int32_t column = 0; column < conv->output.width; column++) {
            cbcnn_area_t area;
            cbcnn_patch_t patch;
            area = cbcnn_pooled_area(conv, row, column);
            for (int32_t channel = 0; channel < channels; channel++) {
                sums[channel] = INT32_MIN;
            }
            for (int32_t i = area.rows.first; i < area.rows.end; i++) {
                for (int32_t j = area.columns.first; j < area.columns.end; j++) {
                    patch = cbcnn_gather(conv, layer->pad, i, j, input, scratch);
                    cbcnn_raise_accumulators(&product, &patch, sums);
                }
            }
            cbcnn_float_in_place(sums, channels);
            cbcnn_finish_pixel(layer->steps, layer->values, other, channels, pixel);
            memcpy(output, pixel, (size_t)channels * sizeof *output);
            output += channels;
            if (other != NULL) {
                other += channels;
            }
        }
    }
}
