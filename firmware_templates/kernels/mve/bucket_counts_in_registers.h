/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_COUNTS_IN_REGISTERS_H
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS_H

#include "bucket_number.h"
#include "types.h"

/*
 * The inner loop of bucket_counts.h in the eight vector registers of MVE; compilers keep half of what
 * they count in memory. Pairs of words and their adders are those of armv7m/pair_adders.h.
 */
#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#define CBCNN_BUCKET_TAPS_IN_REGISTERS

/* clang-format off */

/* The first of two adders: x of the pair x, p becomes o and p the carry. */
#define CBCNN_LANES_FIRST(digit, x, p)                                                             \
    "veor " x ", " x ", " digit "\n\t"                                                             \
    "vorr " x ", " x ", " p "\n\t"                                                                 \
    "veor " digit ", " digit ", " p "\n\t"                                                         \
    "veor " p ", " digit ", " x "\n\t"

/* The second one: o becomes the difference of both carries; x and p are free. */
#define CBCNN_LANES_SECOND(digit, x, p, o)                                                         \
    "veor " x ", " x ", " digit "\n\t"                                                             \
    "veor " digit ", " digit ", " p "\n\t"                                                         \
    "vbic " x ", " x ", " p "\n\t"                                                                 \
    "veor " o ", " o ", " x "\n\t"

/* An adder by itself: x of the pair x, p becomes the carry; p is free. */
#define CBCNN_LANES_ONLY(digit, x, p)                                                              \
    "veor " x ", " x ", " digit "\n\t"                                                             \
    "vorr " x ", " x ", " p "\n\t"                                                                 \
    "veor " digit ", " digit ", " p "\n\t"                                                         \
    "veor " x ", " x ", " digit "\n\t"

/* Four taps: the pair y, x of weight 2. 19 instructions. */
#define CBCNN_LANES_TAPS_4(x, y, u, v)                                                             \
    "ldm r1!, {r4, r5, r6, r8}\n\t"                                                                \
    "add r4, r4, r0\n\t"                                                                           \
    "add r5, r5, r0\n\t"                                                                           \
    "vldrw.u32 " x ", [r4]\n\t"                                                                    \
    "add r6, r6, r0\n\t"                                                                           \
    "vldrw.u32 " y ", [r5]\n\t"                                                                    \
    "add r8, r8, r0\n\t"                                                                           \
    "vldrw.u32 " u ", [r6]\n\t"                                                                    \
    "veor " y ", " y ", " x "\n\t"                                                                 \
    "vldrw.u32 " v ", [r8]\n\t"                                                                    \
    CBCNN_LANES_FIRST("q0", x, y)                                                                  \
    "veor " v ", " v ", " u "\n\t"                                                                 \
    CBCNN_LANES_SECOND("q0", u, v, x)

/* Eight taps: the carry q2 of weight 8, when the digit of weight 4 has taken theirs. */
#define CBCNN_LANES_TAPS_8                                                                         \
    CBCNN_LANES_TAPS_4("q2", "q3", "q4", "q5")                                                     \
    CBCNN_LANES_FIRST("q1", "q3", "q2")                                                            \
    CBCNN_LANES_TAPS_4("q4", "q5", "q6", "q7")                                                     \
    CBCNN_LANES_SECOND("q1", "q5", "q4", "q3")                                                     \
    "vldrw.u32 q4, [r3, #32]\n\t"                                                                  \
    CBCNN_LANES_ONLY("q4", "q2", "q3")                                                             \
    "vstrw.u32 q4, [r3, #32]\n\t"

/* Adds the carry q2 to the digit at `place`, with q3 and q4 free. */
#define CBCNN_LANES_CARRY(place)                                                                   \
    "vldrw.u32 q4, [r3, #" place "]\n\t"                                                           \
    "vand q3, q4, q2\n\t"                                                                          \
    "veor q4, q4, q2\n\t"                                                                          \
    "vmov q2, q3\n\t"                                                                              \
    "vstrw.u32 q4, [r3, #" place "]\n\t"

/* The same with two digits, so that nothing has to be moved. */
#define CBCNN_LANES_CARRY_2(place, next)                                                           \
    "vldrw.u32 q4, [r3, #" place "]\n\t"                                                           \
    "vldrw.u32 q5, [r3, #" next "]\n\t"                                                            \
    "vand q3, q4, q2\n\t"                                                                          \
    "veor q4, q4, q2\n\t"                                                                          \
    "vand q2, q5, q3\n\t"                                                                          \
    "veor q5, q5, q3\n\t"                                                                          \
    "vstrw.u32 q4, [r3, #" place "]\n\t"                                                           \
    "vstrw.u32 q5, [r3, #" next "]\n\t"

/* Goes to `done` where nothing is carried. */
#define CBCNN_LANES_DONE(done)                                                                     \
    "movs r4, #0\n\t"                                                                              \
    "vmaxv.u32 r4, q2\n\t"                                                                         \
    "cbz r4, " done "\n\t"

/*
 * See bucket_counts.h. r0: planes, r1: list, r2: fours, r3: the number; q0 and q1 are its ones and
 * twos.
 *
 * Sixteen taps take 123 instructions where nothing is carried beyond 2^4, 7.7 each.
 */
static inline void cbcnn_count_taps(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    int32_t fours,
    cbcnn_number_t *number)
{
    register const cbcnn_word_t *r0 __asm("r0") = planes;
    register const uint32_t *r1 __asm("r1") = list;
    register int32_t r2 __asm("r2") = fours;
    register cbcnn_number_t *r3 __asm("r3") = number;
    __asm volatile(
        "vldrw.u32 q0, [r3]\n\t"
        "vldrw.u32 q1, [r3, #16]\n\t"
        "subs r2, r2, #4\n\t"
        "blo 3f\n\t"
        "1:\n\t"
        CBCNN_LANES_TAPS_8
        "vstrw.u32 q2, [r3, #160]\n\t"
        CBCNN_LANES_TAPS_8
        "vldrw.u32 q3, [r3, #160]\n\t"
        "vldrw.u32 q4, [r3, #48]\n\t"
        "veor q3, q3, q2\n\t"
        CBCNN_LANES_ONLY("q4", "q2", "q3")
        "vstrw.u32 q4, [r3, #48]\n\t"
        CBCNN_LANES_CARRY("64")
        CBCNN_LANES_DONE("2f")
        CBCNN_LANES_CARRY_2("80", "96")
        CBCNN_LANES_DONE("2f")
        CBCNN_LANES_CARRY_2("112", "128")
        CBCNN_LANES_CARRY("144")
        "2:\n\t"
        "subs r2, r2, #4\n\t"
        "bhs 1b\n\t"
        "3:\n\t"
        "adds r2, r2, #4\n\t"
        "beq 6f\n\t"
        /* Up to three times four taps more. */
        "4:\n\t"
        CBCNN_LANES_TAPS_4("q2", "q3", "q4", "q5")
        CBCNN_LANES_ONLY("q1", "q3", "q2")
        "vmov q2, q3\n\t"
        CBCNN_LANES_CARRY_2("32", "48")
        CBCNN_LANES_CARRY_2("64", "80")
        CBCNN_LANES_DONE("5f")
        CBCNN_LANES_CARRY_2("96", "112")
        CBCNN_LANES_CARRY_2("128", "144")
        "5:\n\t"
        "subs r2, r2, #1\n\t"
        "bne 4b\n\t"
        "6:\n\t"
        "vstrw.u32 q0, [r3]\n\t"
        "vstrw.u32 q1, [r3, #16]\n\t"
        : "+r"(r1), "+r"(r2)
        : "r"(r0), "r"(r3)
        : "r4", "r5", "r6", "r8", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "cc", "memory");
}

/* clang-format on */

#endif

#endif
