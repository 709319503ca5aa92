/* SPDX-License-Identifier: 0BSD */
#include "conv_f32.h"
#include "epilogue_f32.h"
#include "kernels.h"
#include "multiply_add.h"
#include <string.h>

/* Weights of one group for each channel are tap by tap here, and the sums grow beside each other. */
static void cbcnn_depthwise_pixel(
    const cbcnn_conv_f32_t *layer,
    int32_t top,
    int32_t left,
    const float *input,
    float *sums)
{
    const int32_t channels = layer->output.channels;
    const float *weights = layer->weights;
    for (int32_t i = 0; i < channels; i++) {
        sums[i] = 0;
    }
    for (int32_t row = 0; row < layer->window.height; row++) {
        for (int32_t column = 0; column < layer->window.width; column++) {
            const int32_t y = top + row * layer->row_step;
            const int32_t x = left + column * layer->column_step;
            if (y >= 0 && y < layer->input.height && x >= 0 && x < layer->input.width) {
                const float *from = input + (y * layer->input.width + x) * channels;
                for (int32_t i = 0; i < channels; i++) {
                    sums[i] = cbcnn_fused_add(from[i], weights[i], sums[i]);
                }
            }
            weights += channels;
        }
    }
    for (int32_t i = 0; layer->bias != NULL && i < channels; i++) {
        sums[i] += layer->bias[i];
    }
}

void cbcnn_depthwise_f32_f32(
    const cbcnn_conv_f32_t *layer,
    const float *input,
    const float *other,
    float *output,
    float *scratch)
{
    const cbcnn_window_t *window = &layer->window;
    const int32_t channels = layer->output.channels;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const int32_t top = row * window->stride_height - window->top;
            const int32_t left = column * window->stride_width - window->left;
            cbcnn_depthwise_pixel(layer, top, left, input, scratch);
            cbcnn_finish_pixel(layer->steps, layer->values, other, channels, scratch);
            memcpy(output, scratch, (size_t)channels * sizeof *output);
            output += channels;
            if (other != NULL) {
                other += channels;
            }
        }
    }
}
