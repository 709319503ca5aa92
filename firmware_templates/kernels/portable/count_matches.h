/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_MATCHES_H
#define CBCNN_COUNT_MATCHES_H

#include "count_in_registers.h"
#include "lane_adders.h"
#include "lanes_type.h"
#include "match_tables.h"
#include "types.h"
#include <string.h>

/*
 * A filter is read as a stream of weights, three words at a time, which are as many triples as a
 * word has bits. Their counts are added up in every lane at once. Full adders take three words of
 * one weight to two, so they form a tree in which every level passes two words on: two triples make
 * a carry of weight 2 and one of weight 4, four triples one of 4 and one of 8, and so on.
 */
#ifndef CBCNN_COUNT_IN_REGISTERS

/* The lowest CBCNN_LOW_PLANES digits of the counts, by their weight. */
typedef struct {
    cbcnn_lanes_t ones;
    cbcnn_lanes_t twos;
    cbcnn_lanes_t fours;
    cbcnn_lanes_t eights;
    cbcnn_lanes_t sixteens;
    cbcnn_lanes_t thirty_twos;
    cbcnn_lanes_t sixty_fours;
} cbcnn_digits_t;

/* Two words that a level of the tree passes on, `high` of twice the weight of `low`. */
typedef struct {
    cbcnn_lanes_t low;
    cbcnn_lanes_t high;
} cbcnn_carries_t;

/* The bits of a stream of words from `bit` on; only the lowest 24 are of interest. */
static inline uint32_t cbcnn_stream_bits(const cbcnn_word_t *words, int32_t bit)
{
    const int32_t word = bit / CBCNN_WORD_BITS;
    const int32_t offset = bit % CBCNN_WORD_BITS;
    cbcnn_word_t bits = words[word] >> offset;
    if (offset > CBCNN_WORD_BITS - 24) {
        bits |= words[word + 1] << (CBCNN_WORD_BITS - offset);
    }
    return (uint32_t)bits;
}

/* The triples `first` and `first` + 1 of those whose patterns are in `stream`. Weights 2 and 4. */
static inline cbcnn_carries_t cbcnn_count_2(
    cbcnn_digits_t *digits,
    const cbcnn_matches_t *tables,
    uint32_t stream,
    int32_t first)
{
    const uint32_t patterns = stream >> (3 * first);
    const cbcnn_matches_t *a = tables + 8 * first;
    const cbcnn_matches_t *b = a + 8;
    cbcnn_carries_t carries;
    a += patterns & 7;
    b += (patterns >> 3) & 7;
    carries.low = b->low;
    carries.high = b->high;
    cbcnn_full_add(&digits->ones, &a->low, &carries.low);
    cbcnn_full_add(&digits->twos, &a->high, &carries.high);
    return carries;
}

/* Weights 4 and 8. */
static inline cbcnn_carries_t cbcnn_count_4(
    cbcnn_digits_t *digits,
    const cbcnn_matches_t *tables,
    uint32_t stream,
    int32_t first)
{
    cbcnn_carries_t a;
    cbcnn_carries_t b;
    a = cbcnn_count_2(digits, tables, stream, first);
    b = cbcnn_count_2(digits, tables, stream, first + 2);
    cbcnn_full_add(&digits->twos, &a.low, &b.low);
    cbcnn_full_add(&digits->fours, &a.high, &b.high);
    return b;
}

/* Weights 8 and 16. */
static inline cbcnn_carries_t cbcnn_count_8(
    cbcnn_digits_t *digits,
    const cbcnn_matches_t *tables,
    const cbcnn_word_t *filter,
    int32_t first)
{
    const uint32_t stream = cbcnn_stream_bits(filter, 3 * first);
    cbcnn_carries_t a;
    cbcnn_carries_t b;
    tables += 8 * first;
    a = cbcnn_count_4(digits, tables, stream, 0);
    b = cbcnn_count_4(digits, tables, stream, 4);
    cbcnn_full_add(&digits->fours, &a.low, &b.low);
    cbcnn_full_add(&digits->eights, &a.high, &b.high);
    return b;
}

/* Weights 16 and 32. */
static inline cbcnn_carries_t cbcnn_count_16(
    cbcnn_digits_t *digits,
    const cbcnn_matches_t *tables,
    const cbcnn_word_t *filter,
    int32_t first)
{
    cbcnn_carries_t a;
    cbcnn_carries_t b;
    a = cbcnn_count_8(digits, tables, filter, first);
    b = cbcnn_count_8(digits, tables, filter, first + 8);
    cbcnn_full_add(&digits->eights, &a.low, &b.low);
    cbcnn_full_add(&digits->sixteens, &a.high, &b.high);
    return b;
}

/* 32 triples; the carries of weight 128 go to the planes from `planes` to `end`. */
static inline void cbcnn_count_32(
    cbcnn_digits_t *digits,
    const cbcnn_matches_t *tables,
    const cbcnn_word_t *filter,
    int32_t first,
    cbcnn_lanes_t *planes,
    const cbcnn_lanes_t *end)
{
    cbcnn_carries_t a;
    cbcnn_carries_t b;
    a = cbcnn_count_16(digits, tables, filter, first);
    b = cbcnn_count_16(digits, tables, filter, first + 16);
    cbcnn_full_add(&digits->sixteens, &a.low, &b.low);
    cbcnn_full_add(&digits->thirty_twos, &a.high, &b.high);
    cbcnn_half_add(&digits->thirty_twos, &b.low);
    cbcnn_full_add(&digits->sixty_fours, &b.high, &b.low);
    while (cbcnn_carries_on(&b.low, planes, end)) {
        cbcnn_half_add(planes++, &b.low);
    }
}

/*
 * Adds to the numbers in the planes from `planes` to `end`, lowest digit first, how many inputs match
 * the weights in each lane. `tables` and `filter` are for `blocks` times three words of weights. The
 * sums must have a place in the planes, of which there are more than CBCNN_LOW_PLANES.
 */
static void cbcnn_count_matches(
    const cbcnn_matches_t *tables,
    const cbcnn_word_t *filter,
    int32_t blocks,
    cbcnn_lanes_t *planes,
    const cbcnn_lanes_t *end)
{
    cbcnn_lanes_t *const upper = planes + CBCNN_LOW_PLANES;
    cbcnn_digits_t digits;
    memcpy(&digits, planes, sizeof digits);
    for (; blocks > 0; blocks--) {
        for (int32_t first = 0; first < CBCNN_WORD_BITS; first += 32) {
            cbcnn_count_32(&digits, tables, filter, first, upper, end);
        }
        tables += 8 * CBCNN_WORD_BITS;
        filter += CBCNN_BLOCK_WORDS;
    }
    memcpy(planes, &digits, sizeof digits);
}

#endif

#endif
