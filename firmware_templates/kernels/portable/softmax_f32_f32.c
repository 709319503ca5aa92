/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "exponential.h"
#include "kernels.h"

void cbcnn_softmax_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output)
{
    const int32_t channels = layer->channels;
    for (int32_t pixel = 0; pixel < layer->pixels; pixel++) {
        float largest = input[0];
        for (int32_t channel = 1; channel < channels; channel++) {
            largest = input[channel] > largest ? input[channel] : largest;
        }
        float total = 0;
        for (int32_t channel = 0; channel < channels; channel++) {
            const float power = cbcnn_rounded(cbcnn_exponential(input[channel] - largest));
            total = total + power;
            output[channel] = power;
        }
        for (int32_t channel = 0; channel < channels; channel++) {
            output[channel] = output[channel] / total;
        }
        input += channels;
        output += channels;
    }
}
