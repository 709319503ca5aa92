/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_EPILOGUE_F32_H
#define CBCNN_EPILOGUE_F32_H

#include "affine_number.h"
#include "bend_number.h"
#include "norm_number.h"
#include <stddef.h>
#include <stdint.h>

/*
 * What follows the sums of a product, number by number. `steps` names functions up to CBCNN_END, or
 * is NULL; each takes the numbers behind it from `values` in turn, as many for each channel as it
 * says, or for all channels at once.
 */
#define CBCNN_END 0
#define CBCNN_SCALE 1  /* times a number, for all channels */
#define CBCNN_NORM 2   /* mean, inverse, gamma and beta of each channel */
#define CBCNN_AFFINE 3 /* multiplier and bias of each channel */
#define CBCNN_CLIP 4   /* low and high, for all channels */
#define CBCNN_SLOPE 5  /* slope of each channel */
#define CBCNN_DOREFA 6 /* steps, for all channels */
#define CBCNN_STEP 7   /* nothing */
#define CBCNN_ADD 8    /* nothing: the same pixel of another map */

/* One step; returns where the numbers of the next one start. */
static const float *cbcnn_take_step(
    int32_t step,
    const float *values,
    const float *other,
    int32_t channels,
    float *pixel)
{
    int32_t i;
    switch (step) {
    case CBCNN_SCALE:
        for (i = 0; i < channels; i++) {
            pixel[i] *= values[0];
        }
        return values + 1;
    case CBCNN_NORM:
        for (i = 0; i < channels; i++) {
            pixel[i] = cbcnn_norm_number(pixel[i], values[0], values[1], values[2], values[3]);
            values += 4;
        }
        return values;
    case CBCNN_AFFINE:
        for (i = 0; i < channels; i++) {
            pixel[i] = cbcnn_affine_number(pixel[i], values[0], values[1]);
            values += 2;
        }
        return values;
    case CBCNN_CLIP:
        for (i = 0; i < channels; i++) {
            pixel[i] = cbcnn_clip_number(pixel[i], values[0], values[1]);
        }
        return values + 2;
    case CBCNN_SLOPE:
        for (i = 0; i < channels; i++) {
            pixel[i] = cbcnn_slope_number(pixel[i], values[i]);
        }
        return values + channels;
    case CBCNN_DOREFA:
        for (i = 0; i < channels; i++) {
            pixel[i] = cbcnn_dorefa_number(pixel[i], values[0]);
        }
        return values + 1;
    case CBCNN_STEP:
        for (i = 0; i < channels; i++) {
            pixel[i] = cbcnn_step_number(pixel[i]);
        }
        return values;
    default:
        for (i = 0; i < channels; i++) {
            pixel[i] += other[i];
        }
        return values;
    }
}

/* All steps of one pixel, in place. */
static inline void cbcnn_finish_pixel(
    const uint8_t *steps,
    const float *values,
    const float *other,
    int32_t channels,
    float *pixel)
{
    while (steps != NULL && *steps != CBCNN_END) {
        values = cbcnn_take_step(*steps, values, other, channels, pixel);
        steps++;
    }
}

#endif
