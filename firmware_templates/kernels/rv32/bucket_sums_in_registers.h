/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_SUMS_IN_REGISTERS_H
#define CBCNN_BUCKET_SUMS_IN_REGISTERS_H

#include "bucket_number.h"
#include "conv_bucket.h"
#include "full_adder.h"
#include "types.h"

/*
 * The sums of bucket_sums.h for 31 registers, in C that GCC keeps in them: digit after digit, with the
 * carries of all additions in registers. The loop of the eleven additions of buckets has 11 carries, 2
 * places and at most 11 digits, 81 instructions a digit; that of the four comparisons 7 carries, 3
 * digits of the parts below and 5 places, 54 instructions a digit.
 */
#define CBCNN_BUCKET_SUMS_IN_REGISTERS

/* What the sums of a half carry. */
typedef struct {
    cbcnn_word_t all;
    cbcnn_word_t left;
    cbcnn_word_t odd;
    cbcnn_word_t right;
} cbcnn_half_carries_t;

/* A digit of the sums of a half, or of all buckets: of all, and of those whose index has a bit. */
typedef struct {
    cbcnn_word_t all;
    cbcnn_word_t bit_0;
    cbcnn_word_t bit_1;
} cbcnn_sums_t;

/* Adds b and *carry to a, and puts the carry there. */
static inline cbcnn_word_t cbcnn_add_digits(cbcnn_word_t a, cbcnn_word_t b, cbcnn_word_t *carry)
{
    const cbcnn_word_t either = a ^ b;
    const cbcnn_word_t sum = either ^ *carry;
    *carry = a ^ (either & (a ^ *carry));
    return sum;
}

/* One digit of four buckets. */
static inline cbcnn_sums_t cbcnn_sum_half(
    const cbcnn_number_t *buckets,
    int32_t digit,
    cbcnn_half_carries_t *carries)
{
    const cbcnn_word_t a = buckets[0].digits[digit];
    const cbcnn_word_t b = buckets[1].digits[digit];
    const cbcnn_word_t c = buckets[2].digits[digit];
    const cbcnn_word_t d = buckets[3].digits[digit];
    const cbcnn_word_t left = cbcnn_add_digits(a, b, &carries->left);
    cbcnn_sums_t sums;
    sums.bit_0 = cbcnn_add_digits(b, d, &carries->odd);
    sums.bit_1 = cbcnn_add_digits(c, d, &carries->right);
    sums.all = cbcnn_add_digits(left, sums.bit_1, &carries->all);
    return sums;
}

/*
 * The sums of all buckets, and of those whose index has bit 0, 1 or 2: in place of the first four
 * buckets.
 */
static inline void cbcnn_join_buckets(cbcnn_number_t *buckets, int32_t top)
{
    cbcnn_half_carries_t lower = {0, 0, 0, 0};
    cbcnn_half_carries_t upper = {0, 0, 0, 0};
    cbcnn_sums_t carries = {0, 0, 0};
    for (int32_t i = 0; i <= top; i++) {
        const cbcnn_sums_t a = cbcnn_sum_half(buckets, i, &lower);
        const cbcnn_sums_t b = cbcnn_sum_half(buckets + 4, i, &upper);
        buckets[0].digits[i] = cbcnn_add_digits(a.all, b.all, &carries.all);
        buckets[1].digits[i] = cbcnn_add_digits(a.bit_0, b.bit_0, &carries.bit_0);
        buckets[2].digits[i] = cbcnn_add_digits(a.bit_1, b.bit_1, &carries.bit_1);
        buckets[3].digits[i] = b.all;
    }
}

/* The sum of one filter: the complement of the part's digit below, and two carries. */
typedef struct {
    cbcnn_word_t doubled;
    cbcnn_word_t borrow;
    cbcnn_word_t carry;
} cbcnn_filter_sum_t;

/* A digit of start + all - 2 * part. */
static inline cbcnn_word_t cbcnn_compare_digit(
    cbcnn_word_t start,
    cbcnn_word_t all,
    cbcnn_word_t part,
    cbcnn_filter_sum_t *filter)
{
    const cbcnn_word_t sum = cbcnn_add_digits(all, filter->doubled, &filter->borrow);
    filter->doubled = ~part;
    return cbcnn_add_digits(start, sum, &filter->carry);
}

static void cbcnn_sum_buckets(
    cbcnn_number_t *buckets,
    const cbcnn_number_t *starts,
    int32_t top,
    cbcnn_lanes_t *fired)
{
    const cbcnn_word_t all_lanes = ~(cbcnn_word_t)0;
    cbcnn_word_t carry = 0;
    cbcnn_filter_sum_t second = {all_lanes, all_lanes, 0};
    cbcnn_filter_sum_t third = second;
    cbcnn_filter_sum_t fourth = second;
    cbcnn_word_t a = 0;
    cbcnn_word_t b = 0;
    cbcnn_word_t c = 0;
    cbcnn_word_t d = 0;
    cbcnn_join_buckets(buckets, top);
    for (int32_t i = 0; i <= top; i++) {
        const cbcnn_word_t all = buckets[0].digits[i];
        a = cbcnn_add_digits(starts[0].digits[i], all, &carry);
        b = cbcnn_compare_digit(starts[1].digits[i], all, buckets[1].digits[i], &second);
        c = cbcnn_compare_digit(starts[2].digits[i], all, buckets[2].digits[i], &third);
        d = cbcnn_compare_digit(starts[3].digits[i], all, buckets[3].digits[i], &fourth);
    }
    fired[0] = a;
    fired[1] = b;
    fired[2] = c;
    fired[3] = d;
}

#endif
