/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_IN_REGISTERS_H
#define CBCNN_COUNT_IN_REGISTERS_H

#include "full_adder.h"
#include "match_tables.h"
#include "pair_adders.h"
#include "types.h"

/*
 * The counting of count_matches.h in the registers of an Armv7-M core: 13 of them, all but sp, pc
 * and r7, which may be the frame pointer. Compilers spill much of it to the stack.
 *
 * From weight 8 on, words of one weight are added up among themselves before the digit in memory joins
 * in. Clang runs out of registers; what it compiles counts as count_matches.h does.
 */
#if defined(__thumb2__) && defined(__GNUC__) && !defined(__clang__)
#define CBCNN_COUNT_IN_REGISTERS

/* clang-format off */

/* Two words become the pair x, y. */
#define CBCNN_PAIR(x, y)                                                                           \
    "eor %[" y "], %[" y "], %[" x "]\n\t"

/* The adders of pair_adders.h for named operands. */
#define CBCNN_ADD_FIRST(digit, x, p)                                                               \
    CBCNN_PAIR_FIRST("%[" digit "]", "%[" x "]", "%[" p "]")

#define CBCNN_ADD_SECOND(digit, x, p, o)                                                           \
    CBCNN_PAIR_SECOND("%[" digit "]", "%[" x "]", "%[" p "]", "%[" o "]")

#define CBCNN_ADD_PAIR(digit, x, p)                                                                \
    CBCNN_PAIR_ONLY("%[" digit "]", "%[" x "]", "%[" p "]")

/* The same for two words. */
#define CBCNN_ADD_WORDS(digit, x, y)                                                               \
    CBCNN_PAIR(x, y) CBCNN_ADD_PAIR(digit, x, y)

#define CBCNN_LOAD(to, from)                                                                       \
    "ldr %[" to "], %[" from "]\n\t"

#define CBCNN_STORE(from, to)                                                                      \
    "str %[" from "], %[" to "]\n\t"

/*
 * The counts of the triple whose pattern is at `bit` of the stream; its table is at `place`. The
 * address is not in the first register of LDRD, which Cortex-M3 erratum 602117 forbids.
 */
#define CBCNN_FETCH(low, high, bit, place)                                                         \
    "ubfx %[" high "], %[stream], #" bit ", #3\n\t"                                                \
    "add %[" high "], %[tables], %[" high "], lsl #3\n\t"                                          \
    "ldrd %[" low "], %[" high "], [%[" high "], #" place "]\n\t"

/* Eight triples. Leaves a word of weight 8 in f and one of weight 16 in d. */
#define CBCNN_COUNT_8(shift, place)                                                                \
    CBCNN_FETCH("a", "b", shift "+0", place "+0")                                                  \
    CBCNN_FETCH("c", "d", shift "+3", place "+64")                                                 \
    CBCNN_PAIR("a", "c") CBCNN_ADD_FIRST("ones", "a", "c")                                         \
    CBCNN_PAIR("b", "d") CBCNN_ADD_FIRST("twos", "b", "d")                                         \
    CBCNN_FETCH("e", "f", shift "+6", place "+128")                                                \
    CBCNN_FETCH("g", "h", shift "+9", place "+192")                                                \
    CBCNN_PAIR("e", "g") CBCNN_ADD_SECOND("ones", "e", "g", "a")                                   \
    CBCNN_PAIR("f", "h") CBCNN_ADD_SECOND("twos", "f", "h", "b")                                   \
    CBCNN_ADD_FIRST("twos", "c", "a")                                                              \
    CBCNN_ADD_PAIR("fours", "d", "b")                                                              \
    CBCNN_FETCH("e", "f", shift "+12", place "+256")                                               \
    CBCNN_FETCH("g", "h", shift "+15", place "+320")                                               \
    CBCNN_PAIR("e", "g") CBCNN_ADD_FIRST("ones", "e", "g")                                         \
    CBCNN_PAIR("f", "h") CBCNN_ADD_SECOND("twos", "f", "h", "c")                                   \
    CBCNN_ADD_PAIR("fours", "a", "c")                                                              \
    CBCNN_FETCH("h", "b", shift "+18", place "+384")                                               \
    CBCNN_FETCH("c", "f", shift "+21", place "+448")                                               \
    CBCNN_PAIR("h", "c") CBCNN_ADD_SECOND("ones", "h", "c", "e")                                   \
    CBCNN_PAIR("b", "f") CBCNN_ADD_FIRST("twos", "b", "f")                                         \
    CBCNN_ADD_SECOND("twos", "g", "e", "b")                                                        \
    CBCNN_ADD_PAIR("fours", "f", "b")                                                              \
    CBCNN_ADD_WORDS("f", "d", "a")

/* Puts the words of eight triples aside, and adds them to those of the next eight. */
#define CBCNN_PUT_8                                                                                \
    CBCNN_STORE("f", "eight")                                                                      \
    CBCNN_STORE("d", "sixteen")

/* Leaves a word of weight 16 in f and one of weight 32 in d. */
#define CBCNN_JOIN_8                                                                               \
    CBCNN_LOAD("a", "eight")                                                                       \
    CBCNN_LOAD("b", "eights")                                                                      \
    CBCNN_ADD_WORDS("b", "f", "a")                                                                 \
    CBCNN_STORE("b", "eights")                                                                     \
    CBCNN_LOAD("a", "sixteen")                                                                     \
    CBCNN_ADD_WORDS("f", "d", "a")

/* The same for words of sixteen triples. Leaves a carry of 128 in d. */
#define CBCNN_PUT_16                                                                               \
    CBCNN_STORE("f", "half_16")                                                                    \
    CBCNN_STORE("d", "half_32")

#define CBCNN_JOIN_16                                                                              \
    CBCNN_LOAD("a", "half_16")                                                                     \
    CBCNN_LOAD("b", "sixteens")                                                                    \
    CBCNN_ADD_WORDS("b", "f", "a")                                                                 \
    CBCNN_STORE("b", "sixteens")                                                                   \
    CBCNN_LOAD("a", "half_32")                                                                     \
    CBCNN_ADD_WORDS("f", "d", "a")                                                                 \
    CBCNN_LOAD("b", "thirty_twos")                                                                 \
    "and %[a], %[b], %[f]\n\t"                                                                     \
    "eor %[b], %[b], %[f]\n\t"                                                                     \
    CBCNN_STORE("b", "thirty_twos")                                                                \
    CBCNN_LOAD("b", "sixty_fours")                                                                 \
    CBCNN_ADD_WORDS("b", "d", "a")                                                                 \
    CBCNN_STORE("b", "sixty_fours")

/* The stream of 32 triples is three words; eight triples take 24 bits of it. */
#define CBCNN_STREAM_0                                                                             \
    CBCNN_LOAD("h", "filter")                                                                      \
    "ldr %[stream], [%[h]]\n\t"

#define CBCNN_STREAM_24                                                                            \
    CBCNN_LOAD("h", "filter")                                                                      \
    "ldr %[h], [%[h], #4]\n\t"                                                                     \
    "lsr %[stream], %[stream], #24\n\t"                                                            \
    "orr %[stream], %[stream], %[h], lsl #8\n\t"

#define CBCNN_STREAM_48                                                                            \
    CBCNN_LOAD("h", "filter")                                                                      \
    "ldr %[stream], [%[h], #4]\n\t"                                                                \
    "ldr %[h], [%[h], #8]\n\t"                                                                     \
    "lsr %[stream], %[stream], #16\n\t"                                                            \
    "orr %[stream], %[stream], %[h], lsl #16\n\t"

#define CBCNN_STREAM_72                                                                            \
    CBCNN_LOAD("h", "filter")                                                                      \
    "ldr %[stream], [%[h], #8]\n\t"

/* clang-format on */

/* See count_matches.h. */
static void cbcnn_count_matches(
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
    cbcnn_word_t thirty_twos = planes[5];
    cbcnn_word_t sixty_fours = planes[6];
    (void)end;
    for (; blocks > 0; blocks--) {
        cbcnn_word_t *upper = planes + CBCNN_LOW_PLANES;
        cbcnn_word_t stream;
        cbcnn_word_t carry;
        cbcnn_word_t a;
        cbcnn_word_t b;
        cbcnn_word_t c;
        cbcnn_word_t e;
        cbcnn_word_t f;
        cbcnn_word_t g;
        cbcnn_word_t h;
        cbcnn_word_t eight;
        cbcnn_word_t sixteen;
        cbcnn_word_t half_16;
        cbcnn_word_t half_32;
        /* clang-format off */
        __asm volatile(
            CBCNN_STREAM_0
            CBCNN_COUNT_8("0", "0")
            CBCNN_PUT_8
            CBCNN_STREAM_24
            CBCNN_COUNT_8("0", "512")
            CBCNN_JOIN_8
            CBCNN_PUT_16
            "add %[tables], %[tables], #1024\n\t"
            CBCNN_STREAM_48
            CBCNN_COUNT_8("0", "0")
            CBCNN_PUT_8
            CBCNN_STREAM_72
            CBCNN_COUNT_8("8", "512")
            CBCNN_JOIN_8
            CBCNN_JOIN_16
            "add %[tables], %[tables], #1024\n\t"
            : [tables] "+r"(tables), [ones] "+r"(ones), [twos] "+r"(twos), [fours] "+r"(fours),
              [stream] "=&r"(stream), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(carry),
              [e] "=&r"(e), [f] "=&r"(f), [g] "=&r"(g), [h] "=&r"(h), [eights] "+m"(eights),
              [sixteens] "+m"(sixteens), [thirty_twos] "+m"(thirty_twos),
              [sixty_fours] "+m"(sixty_fours), [eight] "=&m"(eight), [sixteen] "=&m"(sixteen),
              [half_16] "=&m"(half_16), [half_32] "=&m"(half_32)
            : [filter] "m"(filter)
            : "memory");
        /* clang-format on */
        filter += CBCNN_BLOCK_WORDS;
        while (carry != 0) {
            carry = cbcnn_increment(upper++, carry);
        }
    }
    planes[0] = ones;
    planes[1] = twos;
    planes[2] = fours;
    planes[3] = eights;
    planes[4] = sixteens;
    planes[5] = thirty_twos;
    planes[6] = sixty_fours;
}

#endif

#endif
