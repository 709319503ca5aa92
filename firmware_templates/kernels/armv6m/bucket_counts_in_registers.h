/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_COUNTS_IN_REGISTERS_H
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS_H

#include "bucket_number.h"
#include "conv_bucket.h"
#include "types.h"

/*
 * The counting of bucket_counts.h in the registers of an Armv6-M core. Logic knows but r0 to r7, and its
 * result takes the place of an operand; the registers above are reached by moves.
 *
 *     r0, r1         planes, the next place in the list
 *     r2, r3         ones, twos
 *     r4 to r7       taps and carries; r7 may be the frame pointer, so it is saved
 *     r8, r9, r10    fours, eights, sixteens
 *     r11, lr        carries of weight 8 and 4 that wait for their like
 *     r12            the place behind the last sixteen taps
 *     frame          the five digits above, then next sizes, their end, numbers; below it, while
 *                    taps are counted, their number in fours and the return address
 *
 * Sixteen taps take 115 instructions where nothing is carried beyond 2^4, 7.2 each: 75 for the 15
 * full adders, 20 for loads, 11 for moves, 6 to carry on and 3 for the loop.
 */
#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__)
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS

/* clang-format off */

/* A full adder: x becomes the carry, y is free. */
#define CBCNN_LOW_ADD(digit, x, y)                                                                 \
    "eors " y ", " y ", " x "\n\t"                                                                 \
    "eors " x ", " x ", " digit "\n\t"                                                             \
    "orrs " x ", " x ", " y "\n\t"                                                                 \
    "eors " digit ", " digit ", " y "\n\t"                                                         \
    "eors " x ", " x ", " digit "\n\t"

/* Four taps: a carry of weight 4 in r4. 20 instructions. */
#define CBCNN_LOW_TAPS_4                                                                           \
    "ldm r1!, {r4-r7}\n\t"                                                                         \
    "ldr r4, [r0, r4]\n\t"                                                                         \
    "ldr r5, [r0, r5]\n\t"                                                                         \
    "ldr r6, [r0, r6]\n\t"                                                                         \
    "ldr r7, [r0, r7]\n\t"                                                                         \
    CBCNN_LOW_ADD("r2", "r4", "r5")                                                                \
    CBCNN_LOW_ADD("r2", "r6", "r7")                                                                \
    CBCNN_LOW_ADD("r3", "r4", "r6")

/* Adds r4 and a carry that waits to a digit in the registers above: a carry in r4. */
#define CBCNN_HIGH_ADD(digit, waits)                                                               \
    "mov r5, " digit "\n\t"                                                                        \
    "mov r6, " waits "\n\t"                                                                        \
    CBCNN_LOW_ADD("r5", "r4", "r6")                                                                \
    "mov " digit ", r5\n\t"

/* Eight taps: a carry of weight 8 in r4. 49 instructions. */
#define CBCNN_LOW_TAPS_8                                                                           \
    CBCNN_LOW_TAPS_4                                                                               \
    "mov lr, r4\n\t"                                                                               \
    CBCNN_LOW_TAPS_4                                                                               \
    CBCNN_HIGH_ADD("r8", "lr")

/* Adds r4 to a digit in the registers above: the carry in r4, and whether it is 0. */
#define CBCNN_HIGH_CARRY(digit)                                                                    \
    "mov r5, " digit "\n\t"                                                                        \
    "movs r6, r5\n\t"                                                                              \
    "eors r5, r5, r4\n\t"                                                                          \
    "mov " digit ", r5\n\t"                                                                        \
    "ands r4, r4, r6\n\t"

/* The same for a digit of the frame. */
#define CBCNN_FRAME_CARRY(place)                                                                   \
    "ldr r5, [sp, #" place "]\n\t"                                                                 \
    "movs r6, r5\n\t"                                                                              \
    "eors r5, r5, r4\n\t"                                                                          \
    "str r5, [sp, #" place "]\n\t"                                                                 \
    "ands r4, r4, r6\n\t"

#define CBCNN_HIGH_COMPLEMENT(digit)                                                               \
    "mov r4, " digit "\n\t"                                                                        \
    "mvns r4, r4\n\t"                                                                              \
    "mov " digit ", r4\n\t"

static __attribute__((noinline)) void cbcnn_count_buckets(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    const uint8_t *sizes,
    cbcnn_number_t *numbers)
{
    register const cbcnn_word_t *r0 __asm("r0") = planes;
    register const uint32_t *r1 __asm("r1") = list;
    register const uint8_t *r2 __asm("r2") = sizes;
    register cbcnn_number_t *r3 __asm("r3") = numbers;
    __asm volatile(
        ".syntax unified\n\t"
        "push {r7}\n\t"
        "sub sp, sp, #32\n\t"
        "movs r4, r2\n\t"
        "adds r4, r4, #16\n\t"
        "str r2, [sp, #20]\n\t"
        "str r4, [sp, #24]\n\t"
        "str r3, [sp, #28]\n\t"
        /* One bucket: its negative taps, the complement, its positive taps. */
        "1:\n\t"
        "movs r2, #0\n\t"
        "movs r3, #0\n\t"
        "mov r8, r2\n\t"
        "mov r9, r2\n\t"
        "mov r10, r2\n\t"
        "movs r4, #0\n\t"
        "movs r5, #0\n\t"
        "mov r6, sp\n\t"
        "stm r6!, {r2-r5}\n\t"
        "str r2, [r6]\n\t"
        "ldr r6, [sp, #20]\n\t"
        "ldrb r4, [r6]\n\t"
        "bl 3f\n\t"
        "mvns r2, r2\n\t"
        "mvns r3, r3\n\t"
        CBCNN_HIGH_COMPLEMENT("r8")
        CBCNN_HIGH_COMPLEMENT("r9")
        CBCNN_HIGH_COMPLEMENT("r10")
        "mov r7, sp\n\t"
        "ldm r7!, {r4-r6}\n\t"
        "mvns r4, r4\n\t"
        "mvns r5, r5\n\t"
        "mvns r6, r6\n\t"
        "subs r7, r7, #12\n\t"
        "stm r7!, {r4-r6}\n\t"
        "ldm r7!, {r4-r6}\n\t"
        "mvns r4, r4\n\t"
        "mvns r5, r5\n\t"
        "str r4, [sp, #12]\n\t"
        "str r5, [sp, #16]\n\t"
        "adds r6, r6, #2\n\t"
        "str r6, [sp, #20]\n\t"
        "subs r6, r6, #1\n\t"
        "ldrb r4, [r6]\n\t"
        "bl 3f\n\t"
        "ldr r7, [sp, #28]\n\t"
        "mov r4, r8\n\t"
        "mov r5, r9\n\t"
        "mov r6, r10\n\t"
        "stm r7!, {r2-r6}\n\t"
        "mov r2, sp\n\t"
        "ldm r2, {r2-r6}\n\t"
        "stm r7!, {r2-r6}\n\t"
        "movs r5, r6\n\t"
        "stm r7!, {r5, r6}\n\t"
        "str r7, [sp, #28]\n\t"
        "ldr r4, [sp, #20]\n\t"
        "ldr r5, [sp, #24]\n\t"
        "cmp r4, r5\n\t"
        "bne 1b\n\t"
        "b 9f\n\t"
        /* Counts r4 times four taps. */
        "3:\n\t"
        "push {r4, lr}\n\t"
        "lsrs r4, r4, #2\n\t"
        "lsls r4, r4, #6\n\t"
        "adds r4, r4, r1\n\t"
        "mov r12, r4\n\t"
        "b 5f\n\t"
        "4:\n\t"
        CBCNN_LOW_TAPS_8
        "mov r11, r4\n\t"
        CBCNN_LOW_TAPS_8
        CBCNN_HIGH_ADD("r9", "r11")
        CBCNN_HIGH_CARRY("r10")
        "beq 5f\n\t"
        "bl 8f\n\t"
        "5:\n\t"
        "cmp r1, r12\n\t"
        "bne 4b\n\t"
        "ldr r4, [sp]\n\t"
        "lsrs r4, r4, #2\n\t"
        "bcc 6f\n\t"
        CBCNN_LOW_TAPS_8
        "bl 7f\n\t"
        "6:\n\t"
        "ldr r4, [sp]\n\t"
        "lsrs r4, r4, #1\n\t"
        "bcc 2f\n\t"
        CBCNN_LOW_TAPS_4
        CBCNN_HIGH_CARRY("r8")
        "beq 2f\n\t"
        "bl 7f\n\t"
        "2:\n\t"
        "pop {r4, pc}\n\t"
        /* Adds the carry r4 of weight 8, or of weight 32. */
        "7:\n\t"
        CBCNN_HIGH_CARRY("r9")
        "beq 2f\n\t"
        CBCNN_HIGH_CARRY("r10")
        "beq 2f\n\t"
        "8:\n\t"
        CBCNN_FRAME_CARRY("8")
        "beq 2f\n\t"
        CBCNN_FRAME_CARRY("12")
        "beq 2f\n\t"
        CBCNN_FRAME_CARRY("16")
        "beq 2f\n\t"
        CBCNN_FRAME_CARRY("20")
        "beq 2f\n\t"
        CBCNN_FRAME_CARRY("24")
        "2:\n\t"
        "bx lr\n\t"
        "9:\n\t"
        "add sp, sp, #32\n\t"
        "pop {r7}\n\t"
        : "+l"(r0), "+l"(r1), "+l"(r2), "+l"(r3)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

/* clang-format on */

#endif

#endif
