/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PIXEL_H
#define CBCNN_PIXEL_H

#include "types.h"

/* The integer that the network computes on: (x << shift) + offset. */
static inline int32_t cbcnn_pixel_value(cbcnn_pixel_t x, int32_t shift, int32_t offset)
{
    return (int32_t)((uint32_t)(int32_t)x << shift) + offset;
}

#endif
