/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_NORM_NUMBER_H
#define CBCNN_NORM_NUMBER_H

#include "multiply_add.h"

/* (x - mean) * inverse, then fused gamma and beta. */
static inline float cbcnn_norm_number(float x, float mean, float inverse, float gamma, float beta)
{
    return cbcnn_fused_add((x - mean) * inverse, gamma, beta);
}

#endif
