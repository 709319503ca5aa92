/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_IN_REGISTERS_H
#define CBCNN_BUCKET_IN_REGISTERS_H

#include "bucket_number.h"
#include "conv_bucket.h"
#include "types.h"

/*
 * The inner loops of bucket_counts.h, bucket_sums.h and bucket_lists.h in the registers of an Armv7-M
 * core. Compilers keep half of what they count in memory. r7 may be the frame pointer, so it is
 * saved where it is used.
 *
 * Pairs x, p = x ^ y and the adders for them are those of count_in_registers.h.
 */
#if defined(__thumb2__) && defined(__GNUC__)
#define CBCNN_BUCKET_IN_REGISTERS

/* clang-format off */

/* The first of two adders: x of the pair x, p becomes o and p the carry. */
#define CBCNN_PAIR_FIRST(digit, x, p)                                                              \
    "eor " x ", " x ", " digit "\n\t"                                                              \
    "orr " x ", " x ", " p "\n\t"                                                                  \
    "eor " digit ", " digit ", " p "\n\t"                                                          \
    "eor " p ", " digit ", " x "\n\t"

/* The second one: o becomes the difference of both carries; x and p are free. */
#define CBCNN_PAIR_SECOND(digit, x, p, o)                                                          \
    "eor " x ", " x ", " digit "\n\t"                                                              \
    "eor " digit ", " digit ", " p "\n\t"                                                          \
    "bic " x ", " x ", " p "\n\t"                                                                  \
    "eor " o ", " o ", " x "\n\t"

/* An adder by itself: x of the pair x, p becomes the carry; p is free. */
#define CBCNN_PAIR_ONLY(digit, x, p)                                                               \
    "eor " x ", " x ", " digit "\n\t"                                                              \
    "orr " x ", " x ", " p "\n\t"                                                                  \
    "eor " digit ", " digit ", " p "\n\t"                                                          \
    "eor " x ", " x ", " digit "\n\t"

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
