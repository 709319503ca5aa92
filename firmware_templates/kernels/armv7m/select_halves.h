/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SELECT_HALVES_H
#define CBCNN_SELECT_HALVES_H

#include <stdint.h>

#ifdef __ARM_FEATURE_DSP
#define CBCNN_SELECT_HALVES

/*
 * See larger_halves.h. USUB16 notes for each half whether it is not less, and SEL chooses by that.
 * Cortex-M3 has neither.
 */
static inline uint32_t cbcnn_larger_halves(uint32_t a, uint32_t b)
{
    uint32_t larger;
    __asm("usub16 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(larger) : "r"(a), "r"(b) : "cc");
    return larger;
}

#endif

#endif
