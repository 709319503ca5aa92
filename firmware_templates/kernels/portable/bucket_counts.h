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

/* The lanes of the words that a tap reads. */
static inline void cbcnn_load_tap(const cbcnn_word_t *planes, uint32_t place, cbcnn_lanes_t *lanes)
{
    memcpy(lanes, (const uint8_t *)planes + place, sizeof *lanes);
}

/* Adds the taps of a list, `fours` times four of them, to a number. */
static inline void cbcnn_count_taps(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    int32_t fours,
    cbcnn_number_t *number)
{
    cbcnn_lanes_t *const end = number->digits + CBCNN_NUMBER_DIGITS;
    cbcnn_lanes_t ones = number->digits[0];
    cbcnn_lanes_t twos = number->digits[1];
    for (; fours > 0; fours--) {
        cbcnn_lanes_t *upper = number->digits + 2;
        cbcnn_lanes_t a;
        cbcnn_lanes_t b;
        cbcnn_lanes_t c;
        cbcnn_lanes_t d;
        cbcnn_load_tap(planes, list[0], &a);
        cbcnn_load_tap(planes, list[1], &b);
        cbcnn_load_tap(planes, list[2], &c);
        cbcnn_load_tap(planes, list[3], &d);
        cbcnn_full_add(&ones, &a, &b);
        cbcnn_full_add(&ones, &c, &d);
        cbcnn_full_add(&twos, &b, &d);
        while (upper < end && cbcnn_carries_on(&d, upper, end)) {
            cbcnn_half_add(upper++, &d);
        }
        list += 4;
    }
    number->digits[0] = ones;
    number->digits[1] = twos;
}

/*
 * What each bucket of a group counts. With n ones among the taps at which the first filter has the
 * weight -1, and p among those where it has +1, a bucket's number is p - n - 1: the complement of n
 * is -n - 1, and the others are added to it.
 */
static void cbcnn_count_buckets(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    const uint8_t *sizes,
    cbcnn_number_t *numbers)
{
    for (int32_t bucket = 0; bucket < CBCNN_BUCKETS; bucket++) {
        cbcnn_number_t *number = numbers + bucket;
        memset(number, 0, sizeof *number);
        cbcnn_count_taps(planes, list, sizes[0], number);
        list += 4 * sizes[0];
        for (int32_t i = 0; i < CBCNN_NUMBER_DIGITS; i++) {
            number->digits[i] = ~number->digits[i];
        }
        cbcnn_count_taps(planes, list, sizes[1], number);
        list += 4 * sizes[1];
        sizes += 2;
    }
}

#endif

#endif
