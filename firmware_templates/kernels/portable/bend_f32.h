/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BEND_F32_H
#define CBCNN_BEND_F32_H

#include "elements.h"

/*
 * Functions of single numbers and the numbers that they need: a slope for each channel, or limits.
 */
typedef struct {
    cbcnn_elements_t map;
    const float *values;
} cbcnn_bend_f32_t;

#endif
