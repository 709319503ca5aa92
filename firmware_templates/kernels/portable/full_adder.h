/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_FULL_ADDER_H
#define CBCNN_FULL_ADDER_H

#include "types.h"

/*
 * Every bit position of the words is a lane. A lane's count is held in binary across several words,
 * its bit planes: bit i of `ones`, `twos` and `fours` are the digits of the count in lane i.
 */

/* Adds a and b to the digit *sum of every lane and returns the carries: a full adder. */
static inline cbcnn_word_t cbcnn_add(cbcnn_word_t *sum, cbcnn_word_t a, cbcnn_word_t b)
{
    const cbcnn_word_t either = *sum ^ a;
    const cbcnn_word_t carry = *sum ^ (either & (*sum ^ b));
    *sum = either ^ b;
    return carry;
}

/* Adds a to the digit *sum of every lane and returns the carries: a half adder. */
static inline cbcnn_word_t cbcnn_increment(cbcnn_word_t *sum, cbcnn_word_t a)
{
    const cbcnn_word_t carry = *sum & a;
    *sum ^= a;
    return carry;
}

#endif
