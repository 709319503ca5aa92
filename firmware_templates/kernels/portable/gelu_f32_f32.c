/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "exponential.h"
#include "kernels.h"

static inline float cbcnn_polynomial(const float *coefficients, int32_t degree, float x)
{
    float total = coefficients[0];
    for (int32_t i = 1; i <= degree; i++) {
        total = cbcnn_rounded(total * x) + coefficients[i];
    }
    return cbcnn_rounded(total);
}

/* Coefficients: S. L. Moshier, Cephes, erff and erfcf. From 4 on the result is 1. */
static inline float cbcnn_error_function(float x)
{
    static const float near[] = {
        7.853861353153693e-5F,
        -8.010193625184903e-4F,
        5.188327685732524e-3F,
        -2.685381193529856e-2F,
        1.128358514861418e-1F,
        -3.761262582423300e-1F,
        1.128379165726710F,
    };
    static const float far[] = {
        2.326819970068386e-2F,
        -1.387039388740657e-1F,
        3.687424674597105e-1F,
        -5.824733027278666e-1F,
        6.210004621745983e-1F,
        -4.944515323274145e-1F,
        3.404879937665872e-1F,
        -2.741127028184656e-1F,
        5.638259427386472e-1F,
    };
    const float size = x < 0 ? -x : x;
    if (!(size > 1.0F)) {
        return x * cbcnn_polynomial(near, 6, cbcnn_rounded(x * x));
    }
    const float end = size < 4.0F ? size : 4.0F;
    const float inverse = cbcnn_rounded(1.0F / end);
    const float power = cbcnn_rounded(cbcnn_exponential(-cbcnn_rounded(end * end)));
    const float tail = cbcnn_rounded(
        cbcnn_rounded(power * inverse) *
        cbcnn_polynomial(far, 8, cbcnn_rounded(inverse * inverse)));
    return x > 0 ? 1.0F - tail : -(1.0F - tail);
}

void cbcnn_gelu_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        const float x = input[i];
        const float half = cbcnn_rounded(0.5F * x);
        const float e = cbcnn_rounded(cbcnn_error_function(cbcnn_rounded(x / 1.41421356F)));
        output[i] = half * cbcnn_rounded(1.0F + e);
    }
}
