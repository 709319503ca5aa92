/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANE_ADDERS_H
#define CBCNN_LANE_ADDERS_H

#include "lanes_type.h"

/* Adds a and b to the digit *sum of every lane; b becomes the carries. */
static inline void cbcnn_full_add(cbcnn_lanes_t *sum, const cbcnn_lanes_t *a, cbcnn_lanes_t *b)
{
    const cbcnn_lanes_t digit = *sum;
    const cbcnn_lanes_t either = digit ^ *a;
    const cbcnn_lanes_t other = digit ^ *b;
    *sum = either ^ *b;
    *b = digit ^ (either & other);
}

/* Adds a to the digit *sum of every lane; a becomes the carries. */
static inline void cbcnn_half_add(cbcnn_lanes_t *sum, cbcnn_lanes_t *a)
{
    const cbcnn_lanes_t digit = *sum;
    *sum = digit ^ *a;
    *a &= digit;
}

#endif
