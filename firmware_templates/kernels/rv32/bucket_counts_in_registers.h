/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_COUNTS_IN_REGISTERS_H
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS_H

#include "bucket_number.h"
#include "conv_bucket.h"
#include "full_adder.h"
#include "pair_adders.h"
#include "types.h"
#include <string.h>

/*
 * The counting of bucket_counts.h for 31 registers, in C that GCC keeps in them where it does not
 * schedule before it allocates registers. Two words of lanes are counted at once: the place of a tap is
 * read from the list and added to the planes once for both. Of the 28 registers that a function may use
 *
 *     3     planes, list, fours that are left
 *     12    digits up to 2^5 of both words
 *     8     pairs of weight 4 and 8 of both words that wait for their like
 *     4     places of four taps, then the second words that lie there
 *
 * are in use while four taps are added; pairs of weight 8 do not wait while the first eight are, so
 * there is room for their first words. Digits from 2^6 on are in memory.
 *
 * Sixteen taps of two words take 226 instructions where nothing is carried that far, 7.1 for each tap and
 * word, with Zbb 212; sixteen of a single word 129 and 122.
 */
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS

/* What is counted of one word: the lower digits, and pairs of weight 4 and 8 that wait. */
typedef struct {
    cbcnn_word_t ones;
    cbcnn_word_t twos;
    cbcnn_word_t fours;
    cbcnn_word_t eights;
    cbcnn_word_t sixteens;
    cbcnn_word_t thirtytwos;
    cbcnn_pair_t of_four;
    cbcnn_pair_t of_eight;
    cbcnn_word_t *digits;
} cbcnn_counter_t;

static inline cbcnn_counter_t cbcnn_start_counter(cbcnn_word_t *digits)
{
    cbcnn_counter_t counter = {0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, digits};
    digits[6] = 0;
    digits[7] = 0;
    digits[8] = 0;
    digits[9] = 0;
    return counter;
}

/* Four taps: the places of their words in the planes. */
typedef struct {
    const cbcnn_word_t *a;
    const cbcnn_word_t *b;
    const cbcnn_word_t *c;
    const cbcnn_word_t *d;
} cbcnn_four_taps_t;

static inline const cbcnn_word_t *cbcnn_find_tap(const cbcnn_word_t *planes, uint32_t place)
{
    return (const cbcnn_word_t *)(const void *)((const uint8_t *)planes + place);
}

static inline cbcnn_four_taps_t cbcnn_find_taps(const cbcnn_word_t *planes, const uint32_t *list)
{
    cbcnn_four_taps_t taps;
    taps.a = cbcnn_find_tap(planes, list[0]);
    taps.b = cbcnn_find_tap(planes, list[1]);
    taps.c = cbcnn_find_tap(planes, list[2]);
    taps.d = cbcnn_find_tap(planes, list[3]);
    return taps;
}

/* Adds a word of four taps to the ones: a pair of weight 2. */
static inline cbcnn_pair_t cbcnn_count_four(
    cbcnn_counter_t *counter,
    const cbcnn_four_taps_t *taps,
    int32_t word)
{
    cbcnn_pair_t carries;
    cbcnn_pair_t pair;
    carries.x = taps->a[word];
    carries.p = taps->b[word] ^ carries.x;
    cbcnn_add_first(&counter->ones, &carries);
    pair.x = taps->c[word];
    pair.p = taps->d[word] ^ pair.x;
    cbcnn_add_second(&counter->ones, &pair, &carries);
    return carries;
}

/* Adds a carry of weight 16: that of weight 64. */
static inline cbcnn_word_t cbcnn_carry_sixteen(cbcnn_counter_t *counter, cbcnn_word_t carry)
{
    return cbcnn_increment(&counter->thirtytwos, cbcnn_increment(&counter->sixteens, carry));
}

/* The quarters of sixteen taps, the last of which leaves a carry of weight 64. */
static inline void cbcnn_count_first(
    cbcnn_counter_t *counter,
    const cbcnn_four_taps_t *taps,
    int32_t word)
{
    counter->of_four = cbcnn_count_four(counter, taps, word);
    cbcnn_add_first(&counter->twos, &counter->of_four);
}

static inline void cbcnn_count_second(
    cbcnn_counter_t *counter,
    const cbcnn_four_taps_t *taps,
    int32_t word)
{
    const cbcnn_pair_t pair = cbcnn_count_four(counter, taps, word);
    cbcnn_add_second(&counter->twos, &pair, &counter->of_four);
    counter->of_eight = counter->of_four;
    cbcnn_add_first(&counter->fours, &counter->of_eight);
}

static inline cbcnn_word_t cbcnn_count_fourth(
    cbcnn_counter_t *counter,
    const cbcnn_four_taps_t *taps,
    int32_t word)
{
    const cbcnn_pair_t pair = cbcnn_count_four(counter, taps, word);
    cbcnn_add_second(&counter->twos, &pair, &counter->of_four);
    cbcnn_add_second(&counter->fours, &counter->of_four, &counter->of_eight);
    return cbcnn_carry_sixteen(counter, cbcnn_add_pair(&counter->eights, &counter->of_eight));
}

/* Four taps that are left: the carry of weight 64. */
static inline cbcnn_word_t cbcnn_count_last(
    cbcnn_counter_t *counter,
    const cbcnn_four_taps_t *taps,
    int32_t word)
{
    const cbcnn_pair_t pair = cbcnn_count_four(counter, taps, word);
    const cbcnn_word_t carry = cbcnn_add_pair(&counter->twos, &pair);
    const cbcnn_word_t eights = cbcnn_increment(&counter->fours, carry);
    return cbcnn_carry_sixteen(counter, cbcnn_increment(&counter->eights, eights));
}

/* Adds the carry of weight 64 of one word, or of two, to the digits in memory, two at a time. */
static inline void cbcnn_carry_on(
    const cbcnn_counter_t *counter,
    cbcnn_word_t carry,
    int two,
    const cbcnn_counter_t *other,
    cbcnn_word_t other_carry)
{
    cbcnn_word_t *const digits = counter->digits;
    cbcnn_word_t *const others = other->digits;
    if ((carry | other_carry) == 0) {
        return;
    }
    carry = cbcnn_increment(digits + 7, cbcnn_increment(digits + 6, carry));
    if (two) {
        other_carry = cbcnn_increment(others + 7, cbcnn_increment(others + 6, other_carry));
    }
    if ((carry | other_carry) == 0) {
        return;
    }
    digits[9] ^= cbcnn_increment(digits + 8, carry);
    if (two) {
        others[9] ^= cbcnn_increment(others + 8, other_carry);
    }
}

/* Complements all digits. */
static inline void cbcnn_complement(cbcnn_counter_t *counter)
{
    cbcnn_word_t *const digits = counter->digits;
    counter->ones = ~counter->ones;
    counter->twos = ~counter->twos;
    counter->fours = ~counter->fours;
    counter->eights = ~counter->eights;
    counter->sixteens = ~counter->sixteens;
    counter->thirtytwos = ~counter->thirtytwos;
    digits[6] = ~digits[6];
    digits[7] = ~digits[7];
    digits[8] = ~digits[8];
    digits[9] = ~digits[9];
}

/* Puts the lower digits, and those above 2^9, which is the sign. */
static inline void cbcnn_put_digits(const cbcnn_counter_t *counter)
{
    cbcnn_word_t *const digits = counter->digits;
    digits[0] = counter->ones;
    digits[1] = counter->twos;
    digits[2] = counter->fours;
    digits[3] = counter->eights;
    digits[4] = counter->sixteens;
    digits[5] = counter->thirtytwos;
    digits[10] = digits[9];
    digits[11] = digits[9];
}

/*
 * Counts `fours` times four taps of one word, or of two if there are `two`: those of the next word
 * are `other`. Both are constants where it is called.
 */
static inline __attribute__((always_inline)) const uint32_t *cbcnn_count_taps(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    int32_t fours,
    int two,
    cbcnn_counter_t *counter,
    cbcnn_counter_t *other)
{
    for (; fours >= 4; fours -= 4) {
        cbcnn_word_t other_carry = 0;
        cbcnn_word_t carry;
        cbcnn_four_taps_t taps = cbcnn_find_taps(planes, list);
        cbcnn_count_first(counter, &taps, 0);
        if (two) {
            cbcnn_count_first(other, &taps, 1);
        }
        taps = cbcnn_find_taps(planes, list + 4);
        cbcnn_count_second(counter, &taps, 0);
        if (two) {
            cbcnn_count_second(other, &taps, 1);
        }
        taps = cbcnn_find_taps(planes, list + 8);
        cbcnn_count_first(counter, &taps, 0);
        if (two) {
            cbcnn_count_first(other, &taps, 1);
        }
        taps = cbcnn_find_taps(planes, list + 12);
        carry = cbcnn_count_fourth(counter, &taps, 0);
        if (two) {
            other_carry = cbcnn_count_fourth(other, &taps, 1);
        }
        cbcnn_carry_on(counter, carry, two, other, other_carry);
        list += 16;
    }
    for (; fours > 0; fours--) {
        const cbcnn_four_taps_t taps = cbcnn_find_taps(planes, list);
        const cbcnn_word_t carry = cbcnn_count_last(counter, &taps, 0);
        const cbcnn_word_t other_carry = two ? cbcnn_count_last(other, &taps, 1) : 0;
        cbcnn_carry_on(counter, carry, two, other, other_carry);
        list += 4;
    }
    return list;
}

/* The buckets of one word, or of two: see cbcnn_count_taps. */
static inline __attribute__((always_inline)) void cbcnn_count_bucket_words(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    const uint8_t *sizes,
    int two,
    cbcnn_number_t *numbers,
    cbcnn_number_t *others)
{
    for (int32_t bucket = 0; bucket < CBCNN_BUCKETS; bucket++) {
        cbcnn_counter_t counter = cbcnn_start_counter(numbers[bucket].digits);
        cbcnn_counter_t other = cbcnn_start_counter(others[bucket].digits);
        for (int32_t sign = 0; sign < 2; sign++) {
            if (sign > 0) {
                cbcnn_complement(&counter);
                if (two) {
                    cbcnn_complement(&other);
                }
            }
            list = cbcnn_count_taps(planes, list, *sizes++, two, &counter, &other);
        }
        cbcnn_put_digits(&counter);
        if (two) {
            cbcnn_put_digits(&other);
        }
    }
}

static __attribute__((noinline)) void cbcnn_count_buckets(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    const uint8_t *sizes,
    cbcnn_number_t *numbers)
{
    cbcnn_count_bucket_words(planes, list, sizes, 0, numbers, numbers);
}

/* The same for the next word as well, to `others`. */
static __attribute__((noinline)) void cbcnn_count_two_words(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    const uint8_t *sizes,
    cbcnn_number_t *numbers,
    cbcnn_number_t *others)
{
    cbcnn_count_bucket_words(planes, list, sizes, 1, numbers, others);
}

#endif
