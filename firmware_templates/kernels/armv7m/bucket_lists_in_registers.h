/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_LISTS_IN_REGISTERS_H
#define CBCNN_BUCKET_LISTS_IN_REGISTERS_H

#include "types.h"

/* The inner loop of bucket_lists.h in the registers of an Armv7-M core. */
#if defined(__thumb2__) && defined(__GNUC__)
#define CBCNN_BUCKET_LISTS_IN_REGISTERS

/* clang-format off */

/*
 * Puts a tap, whose code is in `code`, into its list; `next` becomes the code at `bit` of r6. A load
 * that follows a store takes one cycle less. 5 instructions.
 */
#define CBCNN_LIST_TAP(code, next, bit)                                                            \
    "ldr r9, [r2, " code ", lsl #2]\n\t"                                                           \
    "ubfx " next ", r6, #" bit ", #4\n\t"                                                          \
    "str r3, [r9], #4\n\t"                                                                         \
    "add r3, r3, r4\n\t"                                                                           \
    "str r9, [r2, " code ", lsl #2]\n\t"

/* Lists `words` times eight taps from `place` on; see bucket_lists.h. */
static inline void cbcnn_list_row(
    const uint32_t *codes,
    int32_t words,
    uint32_t **ends,
    uint32_t place,
    uint32_t stride)
{
    register const uint32_t *r0 __asm("r0") = codes;
    register const uint32_t *r1 __asm("r1") = codes + words;
    register uint32_t **r2 __asm("r2") = ends;
    register uint32_t r3 __asm("r3") = place;
    register uint32_t r4 __asm("r4") = stride;
    __asm volatile(
        "1:\n\t"
        "ldr r6, [r0], #4\n\t"
        "and r8, r6, #15\n\t"
        CBCNN_LIST_TAP("r8", "r10", "4")
        CBCNN_LIST_TAP("r10", "r8", "8")
        CBCNN_LIST_TAP("r8", "r10", "12")
        CBCNN_LIST_TAP("r10", "r8", "16")
        CBCNN_LIST_TAP("r8", "r10", "20")
        CBCNN_LIST_TAP("r10", "r8", "24")
        CBCNN_LIST_TAP("r8", "r10", "28")
        "ldr r9, [r2, r10, lsl #2]\n\t"
        "str r3, [r9], #4\n\t"
        "add r3, r3, r4\n\t"
        "str r9, [r2, r10, lsl #2]\n\t"
        "cmp r0, r1\n\t"
        "bne 1b\n\t"
        : "+r"(r0), "+r"(r3)
        : "r"(r1), "r"(r2), "r"(r4)
        : "r6", "r8", "r9", "r10", "cc", "memory");
}

/* clang-format on */

#endif

#endif
