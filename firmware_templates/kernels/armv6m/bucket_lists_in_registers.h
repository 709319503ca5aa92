/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_LISTS_IN_REGISTERS_H
#define CBCNN_BUCKET_LISTS_IN_REGISTERS_H

#include "types.h"

/* The inner loop of bucket_lists.h in the registers of an Armv6-M core. */
#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__)
#define CBCNN_BUCKET_LISTS_IN_REGISTERS

/* clang-format off */

/*
 * Puts a tap into its list; `shift` brings four times its code to the bits of the mask. 6 instructions.
 */
#define CBCNN_LIST_TAP(shift)                                                                      \
    shift                                                                                          \
    "ands r6, r6, r1\n\t"                                                                          \
    "ldr r7, [r2, r6]\n\t"                                                                         \
    "stm r7!, {r3}\n\t"                                                                            \
    "str r7, [r2, r6]\n\t"                                                                         \
    "adds r3, r3, r4\n\t"

#define CBCNN_CODE_AT(bit)                                                                         \
    "lsrs r6, r5, #" bit " - 2\n\t"

/*
 * Lists `words` times eight taps from `place` on; see bucket_lists.h.
 *
 * r0: codes, r1: mask, r2: ends, r3: place, r4: stride, r5: eight codes, r6: four times a code,
 * r7, which is saved: the end of its list, r8: the end of the codes.
 */
static __attribute__((noinline)) void cbcnn_list_row(
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
        ".syntax unified\n\t"
        "push {r7}\n\t"
        "mov r8, r1\n\t"
        "movs r1, #60\n\t"
        "1:\n\t"
        "ldm r0!, {r5}\n\t"
        CBCNN_LIST_TAP("lsls r6, r5, #2\n\t")
        CBCNN_LIST_TAP(CBCNN_CODE_AT("4"))
        CBCNN_LIST_TAP(CBCNN_CODE_AT("8"))
        CBCNN_LIST_TAP(CBCNN_CODE_AT("12"))
        CBCNN_LIST_TAP(CBCNN_CODE_AT("16"))
        CBCNN_LIST_TAP(CBCNN_CODE_AT("20"))
        CBCNN_LIST_TAP(CBCNN_CODE_AT("24"))
        CBCNN_LIST_TAP(CBCNN_CODE_AT("28"))
        "cmp r0, r8\n\t"
        "bne 1b\n\t"
        "pop {r7}\n\t"
        : "+l"(r0), "+l"(r1), "+l"(r3)
        : "l"(r2), "l"(r4)
        : "r5", "r6", "r8", "cc", "memory");
}

/* clang-format on */

#endif

#endif
