/* SPDX-License-Identifier: 0BSD */
#include "binarize_plane.h"
#include "kernels.h"
#include "pixel.h"

void cbcnn_binarize_plane_b1(
    const cbcnn_binarize_plane_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output)
{
    const int32_t shift = layer->shift;
    const int32_t offset = layer->offset;
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        int32_t channel = 0;
        for (int32_t word = 0; channel < layer->channels; word++) {
            cbcnn_word_t fired = 0;
            cbcnn_word_t bit = 1;
            while (bit != 0 && channel < layer->channels) {
                const int32_t x = cbcnn_pixel_value(*input++, shift, offset);
                fired |= x >= layer->thresholds[channel] ? bit : 0;
                channel++;
                bit <<= 1;
            }
            *output++ = fired ^ layer->complement[word];
        }
    }
}
