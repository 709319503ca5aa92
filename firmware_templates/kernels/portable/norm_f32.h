/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_NORM_F32_H
#define CBCNN_NORM_F32_H

#include "elements.h"

/* Batch normalisation; one of each value for each channel. */
typedef struct {
    cbcnn_elements_t map;
    const float *mean;
    const float *inverse;
    const float *gamma;
    const float *beta;
} cbcnn_norm_f32_t;

#endif
