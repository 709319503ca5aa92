/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_COUNTS_IN_REGISTERS_H
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS_H

#include "bucket_number.h"
#include "conv_bucket.h"
#include "pair_adders.h"
#include "types.h"

/*
 * The inner loop of bucket_counts.h in the registers of an Armv7-M core. Compilers keep half of what
 * they count in memory. r7 may be the frame pointer, so it is saved where it is used.
 */
#if defined(__thumb2__) && defined(__GNUC__)
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS

/* clang-format off */

/* Four taps: the pair y, x of weight 2. 15 instructions. */
#define CBCNN_TAPS_4(x, y, u, v)                                                                   \
    "ldm r1!, {" x ", " y ", " u ", " v "}\n\t"                                                    \
    "ldr " x ", [r0, " x "]\n\t"                                                                   \
    "ldr " y ", [r0, " y "]\n\t"                                                                   \
    "ldr " u ", [r0, " u "]\n\t"                                                                   \
    "ldr " v ", [r0, " v "]\n\t"                                                                   \
    "eor " y ", " y ", " x "\n\t"                                                                  \
    CBCNN_PAIR_FIRST("r3", x, y)                                                                   \
    "eor " v ", " v ", " u "\n\t"                                                                  \
    CBCNN_PAIR_SECOND("r3", u, v, x)

/* Adds the carry in r6 to the digits at `place` of the frame and above: two half adders. */
#define CBCNN_CARRY_2(place)                                                                       \
    "ldrd r8, r9, [sp, #" place "]\n\t"                                                            \
    "and r7, r8, r6\n\t"                                                                           \
    "eor r8, r8, r6\n\t"                                                                           \
    "and r6, r9, r7\n\t"                                                                           \
    "eor r9, r9, r7\n\t"                                                                           \
    "strd r8, r9, [sp, #" place "]\n\t"

/* The same for the digits from 2^5 on, as far as there is something to carry. */
#define CBCNN_CARRY_FROM_32(done)                                                                  \
    "cbz r6, " done "\n\t"                                                                         \
    CBCNN_CARRY_2("8")                                                                             \
    "cbz r6, " done "\n\t"                                                                         \
    CBCNN_CARRY_2("16")                                                                            \
    "ldr r8, [sp, #24]\n\t"                                                                        \
    "eor r8, r8, r6\n\t"                                                                           \
    "str r8, [sp, #24]\n\t"

/*
 * See bucket_counts.h. r0: planes, r1: list, r2: fours, r3 to r5: ones, twos, fours; frame: the seven
 * digits above, then sizes, their end, numbers, and the return address. A bucket's number has ten
 * digits; those above are equal to the last one.
 *
 * Sixteen taps take 95 instructions where nothing is carried beyond 2^4, 5.9 each.
 */
static inline void cbcnn_count_buckets(
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
        "push {r7}\n\t"
        "sub sp, sp, #44\n\t"
        "add r4, r2, #16\n\t"
        "strd r2, r4, [sp, #28]\n\t"
        "str r3, [sp, #36]\n\t"
        /* One bucket: its negative taps, the complement, its positive taps. */
        "1:\n\t"
        "ldr r7, [sp, #28]\n\t"
        "ldrb r2, [r7], #1\n\t"
        "movs r3, #0\n\t"
        "movs r4, #0\n\t"
        "movs r5, #0\n\t"
        "str r7, [sp, #28]\n\t"
        "strd r3, r3, [sp]\n\t"
        "strd r3, r3, [sp, #8]\n\t"
        "strd r3, r3, [sp, #16]\n\t"
        "str r3, [sp, #24]\n\t"
        "bl 3f\n\t"
        "mvn r3, r3\n\t"
        "mvn r4, r4\n\t"
        "mvn r5, r5\n\t"
        "ldm sp, {r6-r12, lr}\n\t"
        "mvn r6, r6\n\t"
        "mvn r7, r7\n\t"
        "mvn r8, r8\n\t"
        "mvn r9, r9\n\t"
        "mvn r10, r10\n\t"
        "mvn r11, r11\n\t"
        "mvn r12, r12\n\t"
        "ldrb r2, [lr], #1\n\t"
        "stm sp, {r6-r12, lr}\n\t"
        "bl 3f\n\t"
        "ldr r2, [sp, #36]\n\t"
        "ldm sp, {r6-r12}\n\t"
        "stm r2!, {r3-r12}\n\t"
        "strd r12, r12, [r2], #8\n\t"
        "ldrd r6, r7, [sp, #28]\n\t"
        "str r2, [sp, #36]\n\t"
        "cmp r6, r7\n\t"
        "bne 1b\n\t"
        "b 9f\n\t"
        /* Counts r2 times four taps. */
        "3:\n\t"
        "subs r2, r2, #4\n\t"
        "str lr, [sp, #40]\n\t"
        "blo 5f\n\t"
        "4:\n\t"
        CBCNN_TAPS_4("r6", "r7", "r8", "r9")
        CBCNN_PAIR_FIRST("r4", "r7", "r6")
        CBCNN_TAPS_4("r8", "r9", "r10", "r11")
        CBCNN_PAIR_SECOND("r4", "r9", "r8", "r7")
        CBCNN_PAIR_FIRST("r5", "r6", "r7")
        CBCNN_TAPS_4("r8", "r9", "r10", "r11")
        CBCNN_PAIR_FIRST("r4", "r9", "r8")
        CBCNN_TAPS_4("r10", "r11", "r12", "lr")
        CBCNN_PAIR_SECOND("r4", "r11", "r10", "r9")
        CBCNN_PAIR_SECOND("r5", "r8", "r9", "r6")
        "ldrd r8, r9, [sp]\n\t"
        CBCNN_PAIR_ONLY("r8", "r7", "r6")
        "and r6, r9, r7\n\t"
        "eor r9, r9, r7\n\t"
        "strd r8, r9, [sp]\n\t"
        CBCNN_CARRY_FROM_32("2f")
        "2:\n\t"
        "subs r2, r2, #4\n\t"
        "bhs 4b\n\t"
        "5:\n\t"
        "adds r2, r2, #4\n\t"
        "beq 8f\n\t"
        "lsrs r2, r2, #1\n\t"
        "bcc 6f\n\t"
        CBCNN_TAPS_4("r6", "r7", "r8", "r9")
        CBCNN_PAIR_ONLY("r4", "r7", "r6")
        "and r6, r5, r7\n\t"
        "eor r5, r5, r7\n\t"
        "bl 7f\n\t"
        "6:\n\t"
        "cmp r2, #0\n\t"
        "beq 8f\n\t"
        CBCNN_TAPS_4("r6", "r7", "r8", "r9")
        CBCNN_PAIR_FIRST("r4", "r7", "r6")
        CBCNN_TAPS_4("r8", "r9", "r10", "r11")
        CBCNN_PAIR_SECOND("r4", "r9", "r8", "r7")
        CBCNN_PAIR_ONLY("r5", "r6", "r7")
        "bl 7f\n\t"
        "8:\n\t"
        "ldr pc, [sp, #40]\n\t"
        /* Adds the carry r6 of weight 8. */
        "7:\n\t"
        CBCNN_CARRY_2("0")
        CBCNN_CARRY_FROM_32("2f")
        "2:\n\t"
        "bx lr\n\t"
        "9:\n\t"
        "add sp, sp, #44\n\t"
        "pop {r7}\n\t"
        : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

/* clang-format on */

#endif

#endif
