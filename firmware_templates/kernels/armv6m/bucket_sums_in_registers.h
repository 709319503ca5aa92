/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_SUMS_IN_REGISTERS_H
#define CBCNN_BUCKET_SUMS_IN_REGISTERS_H

#include "bucket_number.h"
#include "conv_bucket.h"
#include "types.h"

/*
 * The sums of bucket_sums.h in the registers of an Armv6-M core: one addition after the other, so
 * that its carry stays in a register while digits pass by, two at a time.
 *
 *     r0, r1, r2    digits of two numbers, and of their sum or of a start
 *     r3            the carry of a sum, or of a sum with a start
 *     r4 to r7      digits and another carry; r7 may be the frame pointer, so it is saved
 *     r8            what is left out of a loop that is unrolled for all digits
 *     r9, r10       the first bucket of a half, and the one behind the last half
 *     r11           the end of the digits of the first bucket
 *     frame         buckets, starts, fired
 *
 * A digit takes 6.5 instructions in a sum, of which there are eleven and one for the first filter's start,
 * and 15 in the comparison of another filter: 123 in all.
 */
#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__)
#define CBCNN_BUCKET_SUMS_IN_REGISTERS

/* clang-format off */

/* A full adder: x becomes the carry, y is free. */
#define CBCNN_SUM_ADD(digit, x, y)                                                                 \
    "eors " y ", " y ", " x "\n\t"                                                                 \
    "eors " x ", " x ", " digit "\n\t"                                                             \
    "orrs " x ", " x ", " y "\n\t"                                                                 \
    "eors " digit ", " digit ", " y "\n\t"                                                         \
    "eors " x ", " x ", " digit "\n\t"

/* Two digits of a sum. 13 instructions, 26 bytes. */
#define CBCNN_SUM_DIGITS                                                                           \
    "ldm r0!, {r4, r5}\n\t"                                                                        \
    "ldm r1!, {r6, r7}\n\t"                                                                        \
    CBCNN_SUM_ADD("r4", "r3", "r6")                                                                \
    CBCNN_SUM_ADD("r5", "r3", "r7")                                                                \
    "stm r2!, {r4, r5}\n\t"

/* One digit of start + sum - 2 * part; r6 has the complement of the part's digit below, r4 a carry. */
#define CBCNN_COMPARE_DIGIT                                                                        \
    "ldm r0!, {r5}\n\t"                                                                            \
    CBCNN_SUM_ADD("r5", "r4", "r6")                                                                \
    "ldm r1!, {r6}\n\t"                                                                            \
    "ldm r2!, {r7}\n\t"                                                                            \
    "mvns r6, r6\n\t"                                                                              \
    CBCNN_SUM_ADD("r7", "r3", "r5")

/* Adds the bucket so many bytes behind the one at r0 to it. */
#define CBCNN_ADD_BUCKET(distance)                                                                 \
    "movs r1, #" distance "\n\t"                                                                   \
    "bl 7f\n\t"

/* Compares the sum at r9 minus twice the bucket at r9 + part with the start at r2. */
#define CBCNN_COMPARE_FILTER(part)                                                                 \
    "mov r0, r9\n\t"                                                                               \
    "movs r1, #" part "\n\t"                                                                       \
    "bl 8f\n\t"

static __attribute__((noinline)) void cbcnn_sum_buckets(
    cbcnn_number_t *buckets,
    const cbcnn_number_t *starts,
    int32_t top,
    cbcnn_lanes_t *fired)
{
    register cbcnn_number_t *r0 __asm("r0") = buckets;
    register const cbcnn_number_t *r1 __asm("r1") = starts;
    register int32_t r2 __asm("r2") = top;
    register cbcnn_lanes_t *r3 __asm("r3") = fired;
    __asm volatile(
        ".syntax unified\n\t"
        "push {r0, r1, r3, r7}\n\t"
        "mov r9, r0\n\t"
        "movs r4, #192\n\t"
        "lsls r5, r4, #1\n\t"
        "adds r5, r5, r0\n\t"
        "mov r10, r5\n\t"
        "adds r2, r2, #1\n\t"
        "lsls r5, r2, #2\n\t"
        "adds r5, r5, r0\n\t"
        "mov r11, r5\n\t"
        "movs r5, #12\n\t"
        "subs r5, r5, r2\n\t"
        "movs r4, #13\n\t"
        "muls r5, r4, r5\n\t"
        "mov r8, r5\n\t"
        /* The sums of each half: of all, of the second and the fourth, of the third and the fourth. */
        "1:\n\t"
        "mov r0, r9\n\t"
        CBCNN_ADD_BUCKET("48")
        "mov r0, r9\n\t"
        "adds r0, r0, #48\n\t"
        CBCNN_ADD_BUCKET("96")
        "mov r0, r9\n\t"
        "adds r0, r0, #96\n\t"
        CBCNN_ADD_BUCKET("48")
        "mov r0, r9\n\t"
        CBCNN_ADD_BUCKET("96")
        "mov r0, r9\n\t"
        "adds r0, r0, #192\n\t"
        "mov r9, r0\n\t"
        "cmp r9, r10\n\t"
        "bne 1b\n\t"
        /* Those of both halves. */
        "ldr r0, [sp]\n\t"
        "mov r9, r0\n\t"
        CBCNN_ADD_BUCKET("192")
        "mov r0, r9\n\t"
        "adds r0, r0, #48\n\t"
        CBCNN_ADD_BUCKET("192")
        "mov r0, r9\n\t"
        "adds r0, r0, #96\n\t"
        CBCNN_ADD_BUCKET("192")
        /* The first filter, whose sum with its start takes the place of the fourth bucket. */
        "mov r0, r9\n\t"
        "ldr r1, [sp, #4]\n\t"
        "movs r2, r0\n\t"
        "adds r2, r2, #144\n\t"
        "bl 6f\n\t"
        "ldr r6, [sp, #8]\n\t"
        "str r5, [r6]\n\t"
        /* The others. */
        "ldr r2, [sp, #4]\n\t"
        "adds r2, r2, #48\n\t"
        CBCNN_COMPARE_FILTER("48")
        "ldr r6, [sp, #8]\n\t"
        "str r7, [r6, #4]\n\t"
        "ldr r2, [sp, #4]\n\t"
        "adds r2, r2, #96\n\t"
        CBCNN_COMPARE_FILTER("96")
        "ldr r6, [sp, #8]\n\t"
        "str r7, [r6, #8]\n\t"
        "ldr r2, [sp, #4]\n\t"
        "adds r2, r2, #144\n\t"
        CBCNN_COMPARE_FILTER("192")
        "ldr r6, [sp, #8]\n\t"
        "str r7, [r6, #12]\n\t"
        "b 9f\n\t"
        /* Adds numbers, the second one r1 bytes behind the first one, which becomes the sum. */
        "7:\n\t"
        "movs r2, r0\n\t"
        "adds r1, r1, r0\n\t"
        "6:\n\t"
        "movs r3, #0\n\t"
        "add pc, pc, r8\n\t"
        "nop\n\t"
        CBCNN_SUM_DIGITS
        CBCNN_SUM_DIGITS
        CBCNN_SUM_DIGITS
        CBCNN_SUM_DIGITS
        CBCNN_SUM_DIGITS
        CBCNN_SUM_DIGITS
        "bx lr\n\t"
        /* Compares; the last digit is in r7. */
        "8:\n\t"
        "adds r1, r1, r0\n\t"
        "movs r3, #0\n\t"
        "mvns r4, r3\n\t"
        "mvns r6, r3\n\t"
        "2:\n\t"
        CBCNN_COMPARE_DIGIT
        CBCNN_COMPARE_DIGIT
        "cmp r0, r11\n\t"
        "bne 2b\n\t"
        "bx lr\n\t"
        "9:\n\t"
        "pop {r0, r1, r3, r7}\n\t"
        : "+l"(r0), "+l"(r1), "+l"(r2), "+l"(r3)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "lr", "cc", "memory");
}

/* clang-format on */

#endif

#endif
