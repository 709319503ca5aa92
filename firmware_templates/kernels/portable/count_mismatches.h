/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_MISMATCHES_H
#define CBCNN_COUNT_MISMATCHES_H

#include "byte_counts.h"
#include "full_adder.h"
#include "patch_words.h"
#include "types.h"

/* Adds neighbouring nibbles: the sums fill bytes. */
static inline cbcnn_word_t cbcnn_widen(cbcnn_word_t nibbles)
{
    const cbcnn_word_t low = (cbcnn_word_t)-1 / 17;
    return (nibbles & low) + ((nibbles >> 4) & low);
}

/* The number of ones in a word. */
static inline int32_t cbcnn_popcount(cbcnn_word_t word)
{
    return cbcnn_add_bytes(cbcnn_count_bytes(word));
}

/*
 * The sum of the counts of all lanes. A nibble holds at most 4 + 2 * 4 = 12, a byte of `low` 24 and
 * one of `high` 8, so 24 + 4 * 8 = 56 is the largest byte that is added up.
 */
static inline int32_t cbcnn_add_lanes(cbcnn_word_t ones, cbcnn_word_t twos, cbcnn_word_t fours)
{
    cbcnn_word_t low = cbcnn_count_nibbles(ones);
    cbcnn_word_t high = cbcnn_count_nibbles(fours);
    low += cbcnn_count_nibbles(twos) << 1;
    low = cbcnn_widen(low);
    high = cbcnn_widen(high);
    return cbcnn_add_bytes(low + (high << 2));
}

/*
 * The number of bits in which a patch and a filter differ.
 *
 * Eight words are reduced by a tree of seven full adders to one word of carries out of `fours`
 * before any bit is counted (Harley and Seal). Up to seven words are left at the end of a run. They
 * add at most 7 to a lane that holds at most 7, so a lane carries out of `fours` at most once and
 * the carries can be collected with OR.
 */
static int32_t cbcnn_count_mismatches(
    const cbcnn_patch_t *patch,
    const CBCNN_TABLE cbcnn_word_t *filter)
{
    const cbcnn_word_t *x = patch->words;
    const CBCNN_TABLE cbcnn_word_t *w = filter + patch->first;
    cbcnn_word_t ones = 0;
    cbcnn_word_t twos = 0;
    cbcnn_word_t fours = 0;
    int32_t eights = 0;
    for (int32_t run = 0; run < patch->runs; run++) {
        cbcnn_word_t carries = 0;
        cbcnn_word_t a;
        cbcnn_word_t b;
        int32_t left = patch->run_words;
        for (; left >= 8; left -= 8) {
            cbcnn_word_t c;
            a = cbcnn_add(&ones, x[0] ^ w[0], x[1] ^ w[1]);
            b = cbcnn_add(&ones, x[2] ^ w[2], x[3] ^ w[3]);
            c = cbcnn_add(&twos, a, b);
            a = cbcnn_add(&ones, x[4] ^ w[4], x[5] ^ w[5]);
            b = cbcnn_add(&ones, x[6] ^ w[6], x[7] ^ w[7]);
            a = cbcnn_add(&twos, a, b);
            a = cbcnn_add(&fours, c, a);
            eights += cbcnn_popcount(a);
            x += 8;
            w += 8;
        }
        if (left >= 4) {
            a = cbcnn_add(&ones, x[0] ^ w[0], x[1] ^ w[1]);
            b = cbcnn_add(&ones, x[2] ^ w[2], x[3] ^ w[3]);
            a = cbcnn_add(&twos, a, b);
            carries = cbcnn_increment(&fours, a);
            x += 4;
            w += 4;
            left -= 4;
        }
        for (; left > 0; left--) {
            a = cbcnn_increment(&ones, *x++ ^ *w++);
            a = cbcnn_increment(&twos, a);
            carries |= cbcnn_increment(&fours, a);
        }
        eights += cbcnn_popcount(carries);
        w += patch->skip_words;
    }
    return (eights << 3) + cbcnn_add_lanes(ones, twos, fours);
}

#endif
