/* SPDX-License-Identifier: 0BSD */
#include "depthwise_i8.h"
#include "kernels.h"

void cbcnn_depthwise_i8_i16(const cbcnn_conv_i8_t *layer, const int8_t *input, int16_t *output)
{
    const int32_t step = layer->to.step;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const int32_t top = row * layer->window.stride_height - layer->window.top;
            const int32_t left = column * layer->window.stride_width - layer->window.left;
            const cbcnn_met_t met = cbcnn_meet_map(layer, top, left);
            const CBCNN_TABLE int32_t *scales = layer->scales;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                const int32_t sum = cbcnn_sum_channel(
                    layer,
                    &met,
                    top,
                    left,
                    input + channel,
                    layer->weights + channel);
                *output++ = (int16_t)cbcnn_rescale(&layer->to, scales, sum);
                scales += step;
            }
        }
    }
}
