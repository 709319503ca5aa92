/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PAIR_EXTREMES_H
#define CBCNN_PAIR_EXTREMES_H

#include <stdint.h>

/* The larger halves of two pairs of 16-bit numbers, or the smaller ones. */
static inline uint32_t cbcnn_larger_halves(uint32_t a, uint32_t b)
{
    const uint32_t low = (uint16_t)a > (uint16_t)b ? a : b;
    const uint32_t high = a > b ? a : b;
    return (low & 0xffff) | (high & 0xffff0000);
}

static inline uint32_t cbcnn_smaller_halves(uint32_t a, uint32_t b)
{
    const uint32_t low = (uint16_t)a > (uint16_t)b ? b : a;
    const uint32_t high = a > b ? b : a;
    return (low & 0xffff) | (high & 0xffff0000);
}

#endif
