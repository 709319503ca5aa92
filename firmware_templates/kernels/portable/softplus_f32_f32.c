/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "exponential.h"
#include "kernels.h"

/* log(1 + e) from 0 to 1; half of 1 + e is taken where that is nearer to 1. Coefficients: Cephes, logf. */
static inline float cbcnn_log1p(float e)
{
    static const float coefficients[] = {
        -1.1514610310e-1F,
        1.1676998740e-1F,
        -1.2420140846e-1F,
        1.4249322787e-1F,
        -1.6668057665e-1F,
        2.0000714765e-1F,
        -2.4999993993e-1F,
        3.3333331174e-1F,
    };
    const int32_t upper = e > 0.41421356F;
    const float x = upper ? cbcnn_rounded(e - 1.0F) * 0.5F : e;
    const float square = cbcnn_rounded(x * x);
    float p = 7.0376836292e-2F;
    for (int32_t i = 0; i < 8; i++) {
        p = cbcnn_rounded(p * x) + coefficients[i];
    }
    float tail = cbcnn_rounded(cbcnn_rounded(cbcnn_rounded(p) * x) * square);
    if (upper) {
        tail = cbcnn_rounded(tail - 2.12194440e-4F);
    }
    tail = cbcnn_rounded(tail - square * 0.5F);
    const float sum = cbcnn_rounded(x + tail);
    return upper ? sum + 0.693359375F : sum;
}

void cbcnn_softplus_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        const float x = input[i];
        const float e = cbcnn_rounded(cbcnn_exponential(x < 0 ? x : -x));
        output[i] = (x > 0 ? x : 0.0F) + cbcnn_rounded(cbcnn_log1p(e));
    }
}
