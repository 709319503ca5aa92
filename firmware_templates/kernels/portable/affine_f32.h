/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_AFFINE_F32_H
#define CBCNN_AFFINE_F32_H

#include "elements.h"

/* x * multiplier + bias, one of each for each channel. */
typedef struct {
    cbcnn_elements_t map;
    const float *multiplier;
    const float *bias;
} cbcnn_affine_f32_t;

#endif
