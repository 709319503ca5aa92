/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_EXPONENTIAL_H
#define CBCNN_EXPONENTIAL_H

#include "two_roundings.h"
#include <stdint.h>
#include <string.h>

/*
 * exp(x) = 2^n * exp(r), n the integer nearest to x / ln 2, half to even, and r = x - n * ln 2 in two
 * steps. Every product and sum is rounded by itself. Coefficients: S. L. Moshier, Cephes, expf. Adding
 * 1.5 * 2^23 rounds to an integer.
 */
static inline float cbcnn_exponential(float x)
{
    static const float coefficients[] =
        {1.3981999507e-3F, 8.3334519073e-3F, 4.1665795894e-2F, 1.6666665459e-1F, 5.0000001201e-1F};
    x = x > -86.0F ? x : -86.0F;
    x = x < 88.0F ? x : 88.0F;
    const float shifted = cbcnn_rounded(cbcnn_rounded(x * 1.44269504088896341F) + 12582912.0F);
    const float n = shifted - 12582912.0F;
    float r = cbcnn_rounded(x - cbcnn_rounded(n * 0.693359375F));
    r = cbcnn_rounded(r - cbcnn_rounded(n * -2.12194440e-4F));
    float p = 1.9875691500e-4F;
    for (int32_t i = 0; i < 5; i++) {
        p = cbcnn_rounded(p * r) + coefficients[i];
    }
    p = cbcnn_rounded(cbcnn_rounded(p * cbcnn_rounded(r * r)) + r) + 1.0F;
    const uint32_t bits = (uint32_t)((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return cbcnn_rounded(p) * power;
}

#endif
