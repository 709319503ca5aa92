/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_SUMS_IN_REGISTERS_H
#define CBCNN_BUCKET_SUMS_IN_REGISTERS_H

#include "bucket_number.h"
#include "lanes_type.h"

/*
 * The sums of bucket_sums.h in the registers of an Armv7-M core. r7 may be the frame pointer, so it
 * is saved where it is used.
 */
#if defined(__thumb2__) && defined(__GNUC__)
#define CBCNN_BUCKET_SUMS_IN_REGISTERS

/* clang-format off */

/* Adds y to x: the sum in `sum`, the carry of the digit below in `carry`, which becomes its own. */
#define CBCNN_ADD_DIGITS(sum, x, y, carry)                                                         \
    "eor r9, " x ", " y "\n\t"                                                                     \
    "eor " sum ", r9, " carry "\n\t"                                                               \
    "eor " carry ", " carry ", " x "\n\t"                                                          \
    "and " carry ", " carry ", r9\n\t"                                                             \
    "eor " carry ", " carry ", " x "\n\t"

/* One digit of four buckets: their sum, and those of the second or the third and the fourth. */
#define CBCNN_JOIN_BUCKETS(a, b, c, d)                                                             \
    "ldr r5, [r0, #" a "]\n\t"                                                                     \
    "ldr r6, [r0, #" b "]\n\t"                                                                     \
    "ldr r7, [r0, #" c "]\n\t"                                                                     \
    "ldr r8, [r0, #" d "]\n\t"                                                                     \
    CBCNN_ADD_DIGITS("r10", "r5", "r6", "r1")                                                      \
    CBCNN_ADD_DIGITS("r11", "r6", "r8", "r2")                                                      \
    CBCNN_ADD_DIGITS("r8", "r7", "r8", "r3")                                                       \
    CBCNN_ADD_DIGITS("r5", "r10", "r8", "r4")                                                      \
    "str r11, [r0, #" b "]\n\t"                                                                    \
    "str r8, [r0, #" c "]\n\t"                                                                     \
    "str r5, [r0, #" a "]\n\t"

/* One digit of the sums of both halves, and of the first filter's start. */
#define CBCNN_JOIN_HALVES(a, b, c, d, e, f, start)                                                 \
    "ldr r5, [r0, #" a "]\n\t"                                                                     \
    "ldr r6, [r0, #" d "]\n\t"                                                                     \
    "ldr r7, [r0, #" b "]\n\t"                                                                     \
    "ldr r8, [r0, #" e "]\n\t"                                                                     \
    CBCNN_ADD_DIGITS("r10", "r5", "r6", "r1")                                                      \
    "ldr r5, [r0, #" c "]\n\t"                                                                     \
    "ldr r6, [r0, #" f "]\n\t"                                                                     \
    CBCNN_ADD_DIGITS("r11", "r7", "r8", "r2")                                                      \
    "str r10, [r0, #" a "]\n\t"                                                                    \
    "str r11, [r0, #" b "]\n\t"                                                                    \
    CBCNN_ADD_DIGITS("r8", "r5", "r6", "r3")                                                       \
    "ldr r5, [lr, #" start "]\n\t"                                                                 \
    "str r8, [r0, #" c "]\n\t"                                                                     \
    CBCNN_ADD_DIGITS("r11", "r5", "r10", "r4")

/* One digit of start + r7 - 2 * part; `part` has the digit below of the part, then this one. */
#define CBCNN_COMPARE_DIGIT(fires, part, borrow, carry, place, start)                              \
    "eor r8, r7, " part "\n\t"                                                                     \
    "eor r9, r8, " borrow "\n\t"                                                                   \
    "eor " part ", " part ", " borrow "\n\t"                                                       \
    "and " part ", " part ", r8\n\t"                                                               \
    "eor " borrow ", " borrow ", " part "\n\t"                                                     \
    "ldr r10, [lr, #" start "]\n\t"                                                                \
    "ldr " part ", [r0, #" place "]\n\t"                                                           \
    "eor r8, r9, r10\n\t"                                                                          \
    "eor " fires ", r8, " carry "\n\t"                                                             \
    "eor " carry ", " carry ", r10\n\t"                                                            \
    "and " carry ", " carry ", r8\n\t"                                                             \
    "eor " carry ", " carry ", r10\n\t"

/*
 * See bucket_sums.h. r0: a digit of the buckets, lr: the same of the starts, r12: the end of the
 * digits, which are taken two at a time.
 *
 * 27 instructions a digit for each half, 30 for both, 37 for the filters.
 */
static inline void cbcnn_sum_buckets(
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
        "push {r7}\n\t"
        "sub sp, sp, #20\n\t"
        "strd r0, r1, [sp]\n\t"
        "add r2, r2, #1\n\t"
        "add r12, r0, r2, lsl #2\n\t"
        "strd r12, r3, [sp, #8]\n\t"
        "bl 1f\n\t"
        "ldr r0, [sp]\n\t"
        "add r0, r0, #192\n\t"
        "add r12, r12, #192\n\t"
        "bl 1f\n\t"
        "b 3f\n\t"
        /* The sums of one half. */
        "1:\n\t"
        "movs r1, #0\n\t"
        "movs r2, #0\n\t"
        "movs r3, #0\n\t"
        "movs r4, #0\n\t"
        "2:\n\t"
        CBCNN_JOIN_BUCKETS("0", "48", "96", "144")
        CBCNN_JOIN_BUCKETS("4", "52", "100", "148")
        "add r0, r0, #8\n\t"
        "cmp r0, r12\n\t"
        "bne 2b\n\t"
        "bx lr\n\t"
        /* Those of both, and the first filter. */
        "3:\n\t"
        "ldrd r0, lr, [sp]\n\t"
        "ldr r12, [sp, #8]\n\t"
        "movs r1, #0\n\t"
        "movs r2, #0\n\t"
        "movs r3, #0\n\t"
        "movs r4, #0\n\t"
        "4:\n\t"
        CBCNN_JOIN_HALVES("0", "48", "96", "192", "240", "288", "0")
        CBCNN_JOIN_HALVES("4", "52", "100", "196", "244", "292", "4")
        "add r0, r0, #8\n\t"
        "add lr, lr, #8\n\t"
        "cmp r0, r12\n\t"
        "bne 4b\n\t"
        "ldr r10, [sp, #12]\n\t"
        "str r11, [r10]\n\t"
        /* The second and the third filter. */
        "ldrd r0, lr, [sp]\n\t"
        "movs r1, #0\n\t"
        "movs r2, #0\n\t"
        "movs r3, #0\n\t"
        "movs r4, #0\n\t"
        "movs r5, #0\n\t"
        "movs r6, #0\n\t"
        "5:\n\t"
        "ldr r7, [r0]\n\t"
        CBCNN_COMPARE_DIGIT("r11", "r5", "r1", "r2", "48", "48")
        CBCNN_COMPARE_DIGIT("r7", "r6", "r3", "r4", "96", "96")
        "ldr r7, [r0, #4]\n\t"
        CBCNN_COMPARE_DIGIT("r11", "r5", "r1", "r2", "52", "52")
        CBCNN_COMPARE_DIGIT("r7", "r6", "r3", "r4", "100", "100")
        "add r0, r0, #8\n\t"
        "add lr, lr, #8\n\t"
        "cmp r0, r12\n\t"
        "bne 5b\n\t"
        "ldr r10, [sp, #12]\n\t"
        "strd r11, r7, [r10, #4]\n\t"
        /* The fourth filter. */
        "ldrd r0, lr, [sp]\n\t"
        "movs r1, #0\n\t"
        "movs r2, #0\n\t"
        "movs r5, #0\n\t"
        "6:\n\t"
        "ldr r7, [r0]\n\t"
        CBCNN_COMPARE_DIGIT("r11", "r5", "r1", "r2", "192", "144")
        "ldr r7, [r0, #4]\n\t"
        CBCNN_COMPARE_DIGIT("r11", "r5", "r1", "r2", "196", "148")
        "add r0, r0, #8\n\t"
        "add lr, lr, #8\n\t"
        "cmp r0, r12\n\t"
        "bne 6b\n\t"
        "ldr r10, [sp, #12]\n\t"
        "str r11, [r10, #12]\n\t"
        "add sp, sp, #20\n\t"
        "pop {r7}\n\t"
        : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

/* clang-format on */

#endif

#endif
