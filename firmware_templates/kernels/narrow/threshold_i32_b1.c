/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "threshold.h"

void cbcnn_threshold_i32_b1(
    const cbcnn_threshold_layer_t *layer,
    const int32_t *input,
    cbcnn_word_t *output)
{
    const int32_t channels = layer->map.channels;
    for (int32_t pixel = 0; pixel < layer->map.pixels; pixel++) {
        int32_t channel = 0;
        for (int32_t word = 0; channel < channels; word++) {
            cbcnn_word_t fired = 0;
            cbcnn_word_t bit = 1;
            while (bit != 0 && channel < channels) {
                fired |= (cbcnn_word_t)(*input++ >= layer->thresholds[channel] ? bit : 0);
                channel++;
                bit <<= 1;
            }
            *output++ = fired ^ layer->complement[word];
        }
    }
}
