/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "exponential.h"
#include "kernels.h"

/* Coefficients: S. L. Moshier, Cephes, tanhf. */
static inline float cbcnn_small_tanh(float x)
{
    static const float coefficients[] =
        {2.06390887954e-2F, -5.37397155531e-2F, 1.33314422036e-1F, -3.33332819422e-1F};
    const float square = cbcnn_rounded(x * x);
    float p = -5.70498872745e-3F;
    for (int32_t i = 0; i < 4; i++) {
        p = cbcnn_rounded(p * square) + coefficients[i];
    }
    return cbcnn_rounded(cbcnn_rounded(cbcnn_rounded(p) * square) * x) + x;
}

void cbcnn_tanh_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        const float x = input[i];
        const float size = x < 0 ? -x : x;
        if (size < 0.625F) {
            output[i] = cbcnn_small_tanh(x);
        } else {
            const float e = cbcnn_rounded(cbcnn_exponential(size + size));
            const float large = 1.0F - 2.0F / cbcnn_rounded(e + 1.0F);
            output[i] = x > 0 ? large : -large;
        }
    }
}
