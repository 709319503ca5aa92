/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BEND_NUMBER_H
#define CBCNN_BEND_NUMBER_H

#include "two_roundings.h"

static inline float cbcnn_clip_number(float x, float low, float high)
{
    const float raised = x > low ? x : low;
    return raised < high ? raised : high;
}

/* x where it is positive, else x * slope, denormal results as 0. */
static inline float cbcnn_slope_number(float x, float slope)
{
    return x > 0 ? x : cbcnn_flushed(x * slope);
}

static inline float cbcnn_step_number(float x)
{
    return x > 0 ? 1.0F : 0.0F;
}

/*
 * From 0 to 1 in steps. Adding 2^23 rounds a number from 0 to 2^22 to an integer, half to even.
 */
static inline float cbcnn_dorefa_number(float x, float steps)
{
    const float clipped = cbcnn_clip_number(x, 0, 1);
    const float raised = cbcnn_rounded(cbcnn_rounded(clipped * steps) + 8388608.0F);
    return (raised - 8388608.0F) / steps;
}

#endif
