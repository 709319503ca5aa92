/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_SUMS_H
#define CBCNN_BUCKET_SUMS_H

#include "bucket_number.h"
#include "bucket_sums_in_registers.h"
#include "conv_bucket.h"
#include "lane_adders.h"
#include "lanes_type.h"
#include <string.h>

#ifndef CBCNN_BUCKET_SUMS_IN_REGISTERS

static inline void cbcnn_add_numbers(
    const cbcnn_number_t *a,
    const cbcnn_number_t *b,
    int32_t top,
    cbcnn_number_t *sum)
{
    cbcnn_lanes_t carry;
    cbcnn_spread(0, &carry);
    for (int32_t i = 0; i <= top; i++) {
        cbcnn_lanes_t digit = a->digits[i];
        const cbcnn_lanes_t other = b->digits[i];
        cbcnn_full_add(&digit, &other, &carry);
        sum->digits[i] = digit;
    }
}

/* Whether start + all - 2 * part has the digit of 2^top. Adds the complement of 2 * part and one. */
static inline void cbcnn_compare_sum(
    const cbcnn_number_t *start,
    const cbcnn_number_t *all,
    const cbcnn_number_t *part,
    int32_t top,
    cbcnn_lanes_t *fires)
{
    cbcnn_lanes_t none;
    cbcnn_lanes_t doubled;
    cbcnn_lanes_t borrow;
    cbcnn_lanes_t carry;
    cbcnn_lanes_t digit;
    cbcnn_spread(0, &none);
    carry = none;
    digit = none;
    doubled = ~none;
    borrow = ~none;
    for (int32_t i = 0; i <= top; i++) {
        digit = all->digits[i];
        cbcnn_full_add(&digit, &doubled, &borrow);
        cbcnn_full_add(&digit, &start->digits[i], &carry);
        doubled = ~part->digits[i];
    }
    *fires = digit;
}

/*
 * Whether each filter of a group fires. Bit i - 1 of a bucket's index is set where filter i has the
 * other weight than filter 0. So filter 0 has the sum s of all buckets, and filter i has s - 2 * u,
 * where u is the sum of the buckets with that bit.
 *
 * The numbers of the buckets are lost. fired: a word of lanes for each filter.
 */
static void cbcnn_sum_buckets(
    cbcnn_number_t *buckets,
    const cbcnn_number_t *starts,
    int32_t top,
    cbcnn_lanes_t *fired)
{
    cbcnn_number_t none;
    memset(&none, 0, sizeof none);
    for (int32_t half = 0; half < CBCNN_BUCKETS; half += 4) {
        cbcnn_number_t *const of = buckets + half;
        cbcnn_add_numbers(of, of + 1, top, of);
        cbcnn_add_numbers(of + 1, of + 3, top, of + 1);
        cbcnn_add_numbers(of + 2, of + 3, top, of + 2);
        cbcnn_add_numbers(of, of + 2, top, of);
    }
    cbcnn_add_numbers(buckets, buckets + 4, top, buckets);
    cbcnn_add_numbers(buckets + 1, buckets + 5, top, buckets + 1);
    cbcnn_add_numbers(buckets + 2, buckets + 6, top, buckets + 2);
    cbcnn_compare_sum(starts, buckets, &none, top, fired);
    cbcnn_compare_sum(starts + 1, buckets, buckets + 1, top, fired + 1);
    cbcnn_compare_sum(starts + 2, buckets, buckets + 2, top, fired + 2);
    cbcnn_compare_sum(starts + 3, buckets, buckets + 4, top, fired + 3);
}

#endif

#endif
