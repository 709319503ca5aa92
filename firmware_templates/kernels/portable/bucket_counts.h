/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_COUNTS_H
#define CBCNN_BUCKET_COUNTS_H

#include "bucket_counts_in_registers.h"
#include "bucket_number.h"
#include "conv_bucket.h"
#include "lane_adders.h"
#include "lanes_type.h"
#include <string.h>

#ifndef CBCNN_BUCKET_COUNTS_IN_REGISTERS

/* Binary digits of the number of a bucket, the sign among them. */
#define CBCNN_COUNT_DIGITS 10

#ifndef CBCNN_BUCKET_TAPS_IN_REGISTERS

/* The lanes of the words that a tap reads. */
static inline void cbcnn_load_tap(const cbcnn_word_t *planes, uint32_t place, cbcnn_lanes_t *lanes)
{
    memcpy(lanes, (const uint8_t *)planes + place, sizeof *lanes);
}

/* Digits below those of a number that are held in registers while its taps are counted. */
#define CBCNN_HELD_DIGITS 4

/* Adds four taps; `carry` becomes the carries of weight 4. */
static inline void cbcnn_count_four(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    cbcnn_lanes_t *ones,
    cbcnn_lanes_t *twos,
    cbcnn_lanes_t *carry)
{
    cbcnn_lanes_t a;
    cbcnn_lanes_t b;
    cbcnn_lanes_t c;
    cbcnn_load_tap(planes, list[0], &a);
    cbcnn_load_tap(planes, list[1], &b);
    cbcnn_full_add(ones, &a, &b);
    cbcnn_load_tap(planes, list[2], &c);
    cbcnn_load_tap(planes, list[3], carry);
    cbcnn_full_add(ones, &c, carry);
    cbcnn_full_add(twos, &b, carry);
}

/* Adds a carry to the digits from `upper` on. */
static inline void cbcnn_carry_on(
    cbcnn_lanes_t *upper,
    const cbcnn_lanes_t *end,
    cbcnn_lanes_t *carry)
{
    while (upper < end && cbcnn_carries_on(carry, upper, end)) {
        cbcnn_half_add(upper++, carry);
    }
}

/*
 * Adds the taps of a list, `fours` times four of them, to a number. Sixteen taps go through a tree of
 * adders that leaves one carry.
 */
static inline void cbcnn_count_taps(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    int32_t fours,
    cbcnn_number_t *number)
{
    cbcnn_lanes_t *const digits = number->digits;
    const cbcnn_lanes_t *const end = digits + CBCNN_COUNT_DIGITS;
    cbcnn_lanes_t ones = digits[0];
    cbcnn_lanes_t twos = digits[1];
    cbcnn_lanes_t four = digits[2];
    cbcnn_lanes_t eight = digits[3];
    cbcnn_lanes_t a;
    cbcnn_lanes_t b;
    cbcnn_lanes_t c;
    for (; fours >= 4; fours -= 4) {
        cbcnn_count_four(planes, list, &ones, &twos, &a);
        cbcnn_count_four(planes, list + 4, &ones, &twos, &b);
        cbcnn_full_add(&four, &a, &b);
        cbcnn_count_four(planes, list + 8, &ones, &twos, &a);
        cbcnn_count_four(planes, list + 12, &ones, &twos, &c);
        cbcnn_full_add(&four, &a, &c);
        cbcnn_full_add(&eight, &b, &c);
        cbcnn_carry_on(digits + CBCNN_HELD_DIGITS, end, &c);
        list += 16;
    }
    for (; fours > 0; fours--) {
        cbcnn_count_four(planes, list, &ones, &twos, &a);
        cbcnn_half_add(&four, &a);
        cbcnn_half_add(&eight, &a);
        cbcnn_carry_on(digits + CBCNN_HELD_DIGITS, end, &a);
        list += 4;
    }
    digits[0] = ones;
    digits[1] = twos;
    digits[2] = four;
    digits[3] = eight;
}

#endif

/*
 * What each bucket of a group counts. With n ones among the taps at which the first filter has the
 * weight -1, and p among those where it has +1, a bucket's number is p - n - 1: the complement of n
 * is -n - 1, and the others are added to it. Digits behind those that count are equal to the last.
 */
static void cbcnn_count_buckets(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    const uint8_t *sizes,
    cbcnn_number_t *numbers)
{
    for (int32_t bucket = 0; bucket < CBCNN_BUCKETS; bucket++) {
        cbcnn_number_t *const number = numbers + bucket;
        memset(number, 0, sizeof *number);
        cbcnn_count_taps(planes, list, sizes[0], number);
        list += 4 * sizes[0];
        for (int32_t i = 0; i < CBCNN_COUNT_DIGITS; i++) {
            number->digits[i] = ~number->digits[i];
        }
        cbcnn_count_taps(planes, list, sizes[1], number);
        list += 4 * sizes[1];
        for (int32_t i = CBCNN_COUNT_DIGITS; i < CBCNN_NUMBER_DIGITS; i++) {
            number->digits[i] = number->digits[CBCNN_COUNT_DIGITS - 1];
        }
        sizes += 2;
    }
}

#endif

#endif
