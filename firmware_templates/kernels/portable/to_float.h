/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_TO_FLOAT_H
#define CBCNN_TO_FLOAT_H

#include "elements.h"
#include <stdint.h>

/* Integers become (float)x * *scale; `shift` and `offset` make integers of pixels. */
typedef struct {
    cbcnn_elements_t map;
    int32_t shift;
    int32_t offset;
    const float *scale;
} cbcnn_to_float_t;

#endif
