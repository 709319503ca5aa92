/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_IN_REGISTERS_H
#define CBCNN_COUNT_IN_REGISTERS_H

#include "full_adder.h"
#include "match_tables.h"
#include "types.h"

/*
 * The counting of count_matches.h in the registers of an Armv6-M core. Logic knows but r0 to r7, and
 * its result takes the place of an operand; r7 may be the frame pointer. Seven are the stream of
 * weights, the mask that cuts patterns out, the digit of ones and four words to work with. What
 * waits is in the registers from r8 on, from where it takes a move, or in memory.
 *
 * A level of the tree first adds up the words that it has just made, and the running digit joins in
 * once for every four, eight or more triples: each time it has to be fetched and put back.
 *
 * Where GCC optimises for size it does not use the registers from r8 on, and Clang runs out of them;
 * then count_matches.h counts.
 */
#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__OPTIMIZE_SIZE__)
#define CBCNN_COUNT_IN_REGISTERS

/* A pattern of three bits as the offset of its counts in a table. */
#define CBCNN_PATTERN_MASK 0x38

/* The tables of two triples. */
#define CBCNN_TABLE_STEP 128

/* clang-format off */

/* A full adder: x becomes the carry, y is free. */
#define CBCNN_ADD_WORDS(digit, x, y)                                                               \
    "eors %[" y "], %[" y "], %[" x "]\n\t"                                                         \
    "eors %[" x "], %[" x "], %[" digit "]\n\t"                                                     \
    "orrs %[" x "], %[" x "], %[" y "]\n\t"                                                         \
    "eors %[" digit "], %[" digit "], %[" y "]\n\t"                                                 \
    "eors %[" x "], %[" x "], %[" digit "]\n\t"

#define CBCNN_MOVE(to, from)                                                                       \
    "mov %[" to "], %[" from "]\n\t"

#define CBCNN_LOAD(to, from)                                                                       \
    "ldr %[" to "], %[" from "]\n\t"

#define CBCNN_STORE(from, to)                                                                      \
    "str %[" from "], %[" to "]\n\t"

/* Where the counts of a pattern are; `shift` brings the pattern to the bits of the mask. */
#define CBCNN_LOCATE(shift)                                                                        \
    shift                                                                                          \
    "ands %[c], %[c], %[mask]\n\t"                                                                  \
    "add %[c], %[c], %[tables]\n\t"

#define CBCNN_LEFT(bits)                                                                           \
    "lsls %[c], %[stream], #" bits "\n\t"

#define CBCNN_RIGHT(bits)                                                                          \
    "lsrs %[c], %[stream], #" bits "\n\t"

/* Two triples. Leaves a word of weight 2 in b and one of weight 4 in a. */
#define CBCNN_COUNT_2(shift, next_shift)                                                           \
    CBCNN_LOCATE(shift)                                                                            \
    "ldm %[c]!, {%[a], %[b]}\n\t"                                                                  \
    CBCNN_LOCATE(next_shift)                                                                       \
    "ldr %[d], [%[c], #68]\n\t"                                                                    \
    "ldr %[c], [%[c], #64]\n\t"                                                                    \
    "add %[tables], %[tables], %[step]\n\t"                                                        \
    CBCNN_ADD_WORDS("ones", "a", "c")                                                              \
    CBCNN_ADD_WORDS("b", "a", "d")

/* Four triples. Leaves a word of weight 4 in a and one of weight 8 in d. */
#define CBCNN_COUNT_4(shift_0, shift_1, shift_2, shift_3)                                          \
    CBCNN_COUNT_2(shift_0, shift_1)                                                                \
    CBCNN_MOVE("two", "b")                                                                         \
    CBCNN_STORE("a", "four")                                                                       \
    CBCNN_COUNT_2(shift_2, shift_3)                                                                \
    CBCNN_MOVE("c", "twos")                                                                        \
    CBCNN_MOVE("d", "two")                                                                         \
    CBCNN_ADD_WORDS("c", "d", "b")                                                                 \
    CBCNN_MOVE("twos", "c")                                                                        \
    CBCNN_LOAD("c", "four")                                                                        \
    CBCNN_ADD_WORDS("a", "d", "c")

/* Eight triples. Leaves a word of weight 8 in a and one of weight 16 in b. */
#define CBCNN_JOIN_4                                                                               \
    CBCNN_MOVE("c", "fours")                                                                       \
    CBCNN_LOAD("b", "half_4")                                                                      \
    CBCNN_ADD_WORDS("c", "b", "a")                                                                 \
    CBCNN_MOVE("fours", "c")                                                                       \
    CBCNN_LOAD("a", "half_8")                                                                      \
    CBCNN_ADD_WORDS("a", "b", "d")

#define CBCNN_COUNT_8(shift_0, shift_1, shift_2, shift_3, shift_4, shift_5, shift_6, shift_7)      \
    CBCNN_COUNT_4(shift_0, shift_1, shift_2, shift_3)                                              \
    CBCNN_STORE("a", "half_4")                                                                     \
    CBCNN_STORE("d", "half_8")                                                                     \
    CBCNN_COUNT_4(shift_4, shift_5, shift_6, shift_7)                                              \
    CBCNN_JOIN_4

/* The first eight triples in the stream, and the first eight after eight bits of it. */
#define CBCNN_COUNT_FIRST                                                                          \
    CBCNN_COUNT_8(CBCNN_LEFT("3"), CBCNN_LEFT("0"), CBCNN_RIGHT("3"), CBCNN_RIGHT("6"),            \
        CBCNN_RIGHT("9"), CBCNN_RIGHT("12"), CBCNN_RIGHT("15"), CBCNN_RIGHT("18"))

#define CBCNN_COUNT_LAST                                                                           \
    CBCNN_COUNT_8(CBCNN_RIGHT("5"), CBCNN_RIGHT("8"), CBCNN_RIGHT("11"), CBCNN_RIGHT("14"),        \
        CBCNN_RIGHT("17"), CBCNN_RIGHT("20"), CBCNN_RIGHT("23"), CBCNN_RIGHT("26"))

/* Puts the words of eight triples aside, and adds them to those of the next eight. */
#define CBCNN_PUT_8                                                                                \
    CBCNN_STORE("a", "eight")                                                                      \
    CBCNN_STORE("b", "sixteen")

/* Leaves a word of weight 16 in a and one of weight 32 in c. */
#define CBCNN_JOIN_8                                                                               \
    CBCNN_LOAD("c", "eight")                                                                       \
    CBCNN_LOAD("d", "eights")                                                                      \
    CBCNN_ADD_WORDS("d", "c", "a")                                                                 \
    CBCNN_STORE("d", "eights")                                                                     \
    CBCNN_LOAD("a", "sixteen")                                                                     \
    CBCNN_ADD_WORDS("a", "c", "b")

/* The same for words of sixteen triples. */
#define CBCNN_PUT_16                                                                               \
    CBCNN_STORE("a", "half_16")                                                                    \
    CBCNN_STORE("c", "half_32")

/* Leaves a word of weight 32 in a and one of weight 64 in b. */
#define CBCNN_JOIN_16                                                                              \
    CBCNN_LOAD("b", "half_16")                                                                     \
    CBCNN_LOAD("d", "sixteens")                                                                    \
    CBCNN_ADD_WORDS("d", "b", "a")                                                                 \
    CBCNN_STORE("d", "sixteens")                                                                   \
    CBCNN_LOAD("a", "half_32")                                                                     \
    CBCNN_ADD_WORDS("a", "b", "c")

/* The stream of 32 triples is three words; eight triples take 24 bits of it. */
#define CBCNN_STREAM_0                                                                             \
    CBCNN_LOAD("c", "filter")                                                                      \
    "ldr %[stream], [%[c]]\n\t"

#define CBCNN_STREAM_24                                                                            \
    CBCNN_LOAD("c", "filter")                                                                      \
    "ldr %[c], [%[c], #4]\n\t"                                                                     \
    "lsls %[c], %[c], #8\n\t"                                                                       \
    "lsrs %[stream], %[stream], #24\n\t"                                                            \
    "orrs %[stream], %[stream], %[c]\n\t"

#define CBCNN_STREAM_48                                                                            \
    CBCNN_LOAD("c", "filter")                                                                      \
    "ldr %[stream], [%[c], #4]\n\t"                                                                \
    "ldr %[c], [%[c], #8]\n\t"                                                                     \
    "lsls %[c], %[c], #16\n\t"                                                                      \
    "lsrs %[stream], %[stream], #16\n\t"                                                            \
    "orrs %[stream], %[stream], %[c]\n\t"

#define CBCNN_STREAM_72                                                                            \
    CBCNN_LOAD("c", "filter")                                                                      \
    "ldr %[stream], [%[c], #8]\n\t"

/* clang-format on */

/*
 * See count_matches.h. In a larger function what is in memory could be too far from a frame pointer
 * to be reached without one more register.
 */
static __attribute__((noinline)) void cbcnn_count_matches(
    const cbcnn_matches_t *tables,
    const cbcnn_word_t *filter,
    int32_t blocks,
    cbcnn_word_t *planes,
    const cbcnn_word_t *end)
{
    cbcnn_word_t ones = planes[0];
    cbcnn_word_t twos = planes[1];
    cbcnn_word_t fours = planes[2];
    cbcnn_word_t eights = planes[3];
    cbcnn_word_t sixteens = planes[4];
    (void)end;
    for (; blocks > 0; blocks--) {
        cbcnn_word_t *upper = planes + CBCNN_LOW_PLANES;
        register cbcnn_word_t a __asm("r0");
        register cbcnn_word_t b __asm("r1");
        cbcnn_word_t c;
        cbcnn_word_t d;
        cbcnn_word_t stream;
        cbcnn_word_t two;
        cbcnn_word_t four;
        cbcnn_word_t half_4;
        cbcnn_word_t half_8;
        cbcnn_word_t eight;
        cbcnn_word_t sixteen;
        cbcnn_word_t half_16;
        cbcnn_word_t half_32;
        cbcnn_word_t carry;
        /* clang-format off */
        __asm volatile(
            ".syntax unified\n\t"
            CBCNN_STREAM_0
            CBCNN_COUNT_FIRST
            CBCNN_PUT_8
            CBCNN_STREAM_24
            CBCNN_COUNT_FIRST
            CBCNN_JOIN_8
            CBCNN_PUT_16
            CBCNN_STREAM_48
            CBCNN_COUNT_FIRST
            CBCNN_PUT_8
            CBCNN_STREAM_72
            CBCNN_COUNT_LAST
            CBCNN_JOIN_8
            CBCNN_JOIN_16
            : [tables] "+h"(tables), [ones] "+l"(ones), [twos] "+h"(twos), [fours] "+h"(fours),
              [stream] "=&l"(stream), [a] "=&l"(a), [b] "=&l"(b), [c] "=&l"(c), [d] "=&l"(d),
              [two] "=&h"(two), [four] "=&m"(four), [eights] "+m"(eights),
              [sixteens] "+m"(sixteens), [half_4] "=&m"(half_4), [half_8] "=&m"(half_8),
              [eight] "=&m"(eight), [sixteen] "=&m"(sixteen), [half_16] "=&m"(half_16),
              [half_32] "=&m"(half_32)
            : [filter] "m"(filter), [mask] "l"(CBCNN_PATTERN_MASK), [step] "h"(CBCNN_TABLE_STEP)
            : "cc", "memory");
        /* clang-format on */
        filter += CBCNN_BLOCK_WORDS;
        c = a;
        carry = cbcnn_increment(&planes[5], c);
        c = b;
        carry = cbcnn_add(&planes[6], c, carry);
        while (carry != 0) {
            carry = cbcnn_increment(upper++, carry);
        }
    }
    planes[0] = ones;
    planes[1] = twos;
    planes[2] = fours;
    planes[3] = eights;
    planes[4] = sixteens;
}

#endif

#endif
