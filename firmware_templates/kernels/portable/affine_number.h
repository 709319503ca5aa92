/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_AFFINE_NUMBER_H
#define CBCNN_AFFINE_NUMBER_H

#include "two_roundings.h"

/* x * multiplier + bias, each rounded, denormal results as 0. */
static inline float cbcnn_affine_number(float x, float multiplier, float bias)
{
    const float product = cbcnn_rounded(x * multiplier);
    return cbcnn_flushed(cbcnn_flushed(product) + bias);
}

#endif
