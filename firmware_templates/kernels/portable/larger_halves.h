/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LARGER_HALVES_H
#define CBCNN_LARGER_HALVES_H

#include "select_halves.h"
#include <stdint.h>

#ifndef CBCNN_SELECT_HALVES

/* The larger halves of two pairs of 16-bit numbers. */
static inline uint32_t cbcnn_larger_halves(uint32_t a, uint32_t b)
{
    const uint32_t low = (uint16_t)a > (uint16_t)b ? a : b;
    const uint32_t high = a > b ? a : b;
    return (low & 0xffff) | (high & 0xffff0000U);
}

#endif

#endif
