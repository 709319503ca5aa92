/* SPDX-License-Identifier: 0BSD */
#include "bend_f32.h"
#include "bend_number.h"
#include "kernels.h"

/*
 * The steps are a power of two, so neither the product nor the quotient is rounded. Adding 3 * 2^22
 * rounds a number from -2^22 to 2^22 to an integer, half to even.
 */
void cbcnn_signed_dorefa_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    const float steps = layer->values[0];
    for (int32_t i = 0; i < count; i++) {
        const float raised = cbcnn_clip_number(input[i], -1, 1 - 1 / steps) * steps;
        output[i] = (cbcnn_rounded(raised + 12582912.0F) - 12582912.0F) / steps;
    }
}
