/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SQUARE_ROOT_H
#define CBCNN_SQUARE_ROOT_H

#include <stdint.h>
#include <string.h>

/*
 * The square root of a positive normal number, rounded to nearest. The significand, shifted so that
 * the exponent is even, has a root of 25 bits, found bit by bit; the last of them rounds. It is
 * never a tie: the square of an odd root would be odd, and the shifted significand is even.
 */
static inline float cbcnn_square_root(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int32_t exponent = (int32_t)(bits >> 23) - 150;
    const uint64_t significand = (bits & 0x7fffffU) | 0x800000U;
    const int32_t shift = exponent % 2 == 0 ? 26 : 25;
    const uint64_t value = significand << shift;
    uint64_t root = 0;
    for (int32_t bit = 24; bit >= 0; bit--) {
        const uint64_t larger = root | ((uint64_t)1 << bit);
        if (larger * larger <= value) {
            root = larger;
        }
    }
    const uint32_t rounded = (uint32_t)((root + 1) >> 1);
    const uint32_t made = (uint32_t)((exponent - shift) / 2 + 1 + 150 - 1) << 23;
    bits = made + rounded;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

#endif
