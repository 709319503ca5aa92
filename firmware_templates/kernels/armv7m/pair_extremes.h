/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PAIR_EXTREMES_H
#define CBCNN_PAIR_EXTREMES_H

#include <stdint.h>

/*
 * The portable file of this name with USUB16, which notes for each half whether it is not less, and
 * SEL, which chooses by that. Cortex-M3 has neither.
 */

/* The larger halves of two pairs of 16-bit numbers, or the smaller ones. */
static inline uint32_t cbcnn_larger_halves(uint32_t a, uint32_t b)
{
#ifdef __ARM_FEATURE_DSP
    uint32_t larger;
    __asm("usub16 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(larger) : "r"(a), "r"(b) : "cc");
    return larger;
#else
    const uint32_t low = (uint16_t)a > (uint16_t)b ? a : b;
    const uint32_t high = a > b ? a : b;
    return (low & 0xffff) | (high & 0xffff0000);
#endif
}

static inline uint32_t cbcnn_smaller_halves(uint32_t a, uint32_t b)
{
#ifdef __ARM_FEATURE_DSP
    uint32_t smaller;
    __asm("usub16 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(smaller) : "r"(a), "r"(b) : "cc");
    return smaller;
#else
    const uint32_t low = (uint16_t)a > (uint16_t)b ? b : a;
    const uint32_t high = a > b ? b : a;
    return (low & 0xffff) | (high & 0xffff0000);
#endif
}

#endif
