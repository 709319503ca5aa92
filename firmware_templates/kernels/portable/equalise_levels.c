/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"

/* value / 2^shift to the nearest integer, half to even; shift is at least 1. */
static uint64_t cbcnn_shift_to_even(uint64_t value, int32_t shift)
{
    const uint64_t odd = (value >> shift) & 1;
    return (value + ((uint64_t)1 << (shift - 1)) - 1 + odd) >> shift;
}

/*
 * The scale 255 / others in float32 is mantissa * 2^-exponent, where `exponent` is the one for which
 * 2^23 <= 255 * 2^exponent / others < 2^24; 1 <= others <= 2^16 gives 16 <= exponent <= 32, and the
 * products are below 2^40. The mantissa is made bit by bit, because a division of 64-bit numbers
 * would bring a large function of the compiler's library along.
 */
void cbcnn_equalise_levels(const uint32_t *counts, int32_t pixels, uint8_t *levels)
{
    int32_t first = 0;
    while (first < 255 && counts[first] == 0) {
        first++;
    }
    const uint32_t others = (uint32_t)pixels - counts[first];
    if (others == 0) {
        return;
    }
    uint32_t mantissa = 255 / others;
    uint32_t rest_twice = 255 % others << 1;
    int32_t exponent = 0;
    do {
        const uint32_t bit = rest_twice >= others ? 1 : 0;
        mantissa = mantissa << 1 | bit;
        rest_twice = (rest_twice - bit * others) << 1;
        exponent++;
    } while (mantissa < (uint32_t)1 << 23);
    if (rest_twice > others || (rest_twice == others && (mantissa & 1) != 0)) {
        mantissa++;
    }
    uint64_t seen = 0;
    for (int32_t level = 0; level < 256; level++) {
        if (level > first) {
            seen += counts[level];
        }
        uint64_t product = seen * mantissa;
        int32_t drop = 0;
        while ((product >> drop) >= ((uint64_t)1 << 24)) {
            drop++;
        }
        if (drop > 0) {
            product = cbcnn_shift_to_even(product, drop) << drop;
        }
        levels[level] = (uint8_t)cbcnn_shift_to_even(product, exponent);
    }
}
