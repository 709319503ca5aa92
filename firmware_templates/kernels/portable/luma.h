/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LUMA_H
#define CBCNN_LUMA_H

#include <stdint.h>

/* BT.601 weights in units of 2^-15, rounded to nearest; they add up to 2^15. */
static inline uint8_t cbcnn_luma(uint32_t red, uint32_t green, uint32_t blue)
{
    return (uint8_t)((9798 * red + 19235 * green + 3735 * blue + (1 << 14)) >> 15);
}

#endif
