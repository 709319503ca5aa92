/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PATCH_SUMS_H
#define CBCNN_PATCH_SUMS_H

#include "types.h"
#include <stdint.h>
#include <string.h>

#ifdef __ARM_FEATURE_DSP

/*
 * See the portable file of this name. SMLAD adds two products of 16 bits to a sum; SXTB16 makes two
 * numbers of 16 bits of the bytes 0 and 2 of a word, or of 1 and 3. Loads may be unaligned.
 */
static inline int32_t cbcnn_add_pair(uint32_t weights, uint32_t patch, int32_t sum)
{
    __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(weights), "r"(patch));
    return sum;
}

static inline uint32_t cbcnn_even_bytes(uint32_t word)
{
    uint32_t pair;
    __asm("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t cbcnn_odd_bytes(uint32_t word)
{
    uint32_t pair;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t cbcnn_load_word(const void *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/*
 * 13 registers: all but sp, pc and r7, which may be the frame pointer. Eighteen instructions and the
 * end of the loop make sixteen products; what compilers make of the other one takes 24.
 */
#if defined(__GNUC__) && !defined(__clang__)

/* clang-format off */

/* The next two of each patch, with two weights of each filter. */
#define CBCNN_FOUR_PAIRS(rotation)                                                                 \
    "ldr %[x], [%[patch]], #4\n\t"                                                                 \
    "ldr %[y], [%[other]], #4\n\t"                                                                 \
    "sxtb16 %[pair], %[first]" rotation "\n\t"                                                     \
    "smlad %[a], %[pair], %[x], %[a]\n\t"                                                          \
    "smlad %[b], %[pair], %[y], %[b]\n\t"                                                          \
    "sxtb16 %[pair], %[second]" rotation "\n\t"                                                    \
    "smlad %[c], %[pair], %[x], %[c]\n\t"                                                          \
    "smlad %[d], %[pair], %[y], %[d]\n\t"

/* clang-format on */

static inline void cbcnn_sum_two_by_two(
    const CBCNN_TABLE int8_t *weights,
    const int16_t *patch,
    const int16_t *other,
    int32_t quads,
    int32_t *sums)
{
    int32_t a = 0;
    int32_t b = 0;
    int32_t c = 0;
    int32_t d = 0;
    uint32_t first;
    uint32_t second;
    uint32_t x;
    uint32_t y;
    uint32_t pair;
    /* clang-format off */
    __asm volatile(
        "1:\n\t"
        "ldr %[first], [%[weights]], #4\n\t"
        "ldr %[second], [%[weights]], #4\n\t"
        CBCNN_FOUR_PAIRS("")
        CBCNN_FOUR_PAIRS(", ror #8")
        "subs %[quads], %[quads], #1\n\t"
        "bne 1b"
        : [weights] "+r"(weights), [patch] "+r"(patch), [other] "+r"(other), [quads] "+r"(quads),
          [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [first] "=&r"(first),
          [second] "=&r"(second), [x] "=&r"(x), [y] "=&r"(y), [pair] "=&r"(pair)
        :
        : "cc", "memory");
    /* clang-format on */
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#else

static inline void cbcnn_sum_two_by_two(
    const CBCNN_TABLE int8_t *weights,
    const int16_t *patch,
    const int16_t *other,
    int32_t quads,
    int32_t *sums)
{
    const int16_t *const end = patch + 4 * quads;
    int32_t a = 0;
    int32_t b = 0;
    int32_t c = 0;
    int32_t d = 0;
    while (patch < end) {
        const uint32_t first = cbcnn_load_word(weights);
        const uint32_t second = cbcnn_load_word(weights + 4);
        uint32_t x = cbcnn_load_word(patch);
        uint32_t y = cbcnn_load_word(other);
        uint32_t pair = cbcnn_even_bytes(first);
        a = cbcnn_add_pair(pair, x, a);
        b = cbcnn_add_pair(pair, y, b);
        pair = cbcnn_even_bytes(second);
        c = cbcnn_add_pair(pair, x, c);
        d = cbcnn_add_pair(pair, y, d);
        x = cbcnn_load_word(patch + 2);
        y = cbcnn_load_word(other + 2);
        pair = cbcnn_odd_bytes(first);
        a = cbcnn_add_pair(pair, x, a);
        b = cbcnn_add_pair(pair, y, b);
        pair = cbcnn_odd_bytes(second);
        c = cbcnn_add_pair(pair, x, c);
        d = cbcnn_add_pair(pair, y, d);
        weights += 8;
        patch += 4;
        other += 4;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#endif

static inline int32_t cbcnn_sum_one_by_one(
    const CBCNN_TABLE int8_t *weights,
    int32_t step,
    const int16_t *patch,
    int32_t quads)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < quads; i++) {
        const uint32_t word = cbcnn_load_word(weights);
        sum = cbcnn_add_pair(cbcnn_even_bytes(word), cbcnn_load_word(patch), sum);
        sum = cbcnn_add_pair(cbcnn_odd_bytes(word), cbcnn_load_word(patch + 2), sum);
        weights += step;
        patch += 4;
    }
    return sum;
}

#else
/*
 * Sums of products of one or two filters with one or two patches, `quads` times four of each;
 * conv_i8.h says how weights lie. Sums of the first filter come first.
 */
static inline void cbcnn_sum_two_by_two(
    const CBCNN_TABLE int8_t *weights,
    const int16_t *patch,
    const int16_t *other,
    int32_t quads,
    int32_t *sums)
{
    int32_t a = 0;
    int32_t b = 0;
    int32_t c = 0;
    int32_t d = 0;
    for (int32_t i = 0; i < quads; i++) {
        a += weights[0] * patch[0] + weights[2] * patch[1];
        a += weights[1] * patch[2] + weights[3] * patch[3];
        b += weights[0] * other[0] + weights[2] * other[1];
        b += weights[1] * other[2] + weights[3] * other[3];
        c += weights[4] * patch[0] + weights[6] * patch[1];
        c += weights[5] * patch[2] + weights[7] * patch[3];
        d += weights[4] * other[0] + weights[6] * other[1];
        d += weights[5] * other[2] + weights[7] * other[3];
        weights += 8;
        patch += 4;
        other += 4;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

/* One filter and one patch; `step` is 8 where the filter lies beside another one, else 4. */
static inline int32_t cbcnn_sum_one_by_one(
    const CBCNN_TABLE int8_t *weights,
    int32_t step,
    const int16_t *patch,
    int32_t quads)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < quads; i++) {
        sum += weights[0] * patch[0] + weights[2] * patch[1];
        sum += weights[1] * patch[2] + weights[3] * patch[3];
        weights += step;
        patch += 4;
    }
    return sum;
}

#endif

#endif
