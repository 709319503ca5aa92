/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PAIR_ADDERS_H
#define CBCNN_PAIR_ADDERS_H

#include "types.h"

/*
 * Full adders for pairs x, p = x ^ y, two in a row in 8 operations; with z the digit that x and y are
 * added to, the first adder computes
 *
 *     o = (x ^ z) | p,    sum = z ^ p,    carry a = sum ^ o
 *
 * and the second one, with x, p and z of its own and b for its carry,
 *
 *     a ^ b = o ^ ((x ^ z) & ~p),    sum = z ^ p
 *
 * so that a and a ^ b are a pair for the digit above. See armv7m/pair_adders.h.
 */

/* Words of one weight: x, and how it differs from y. */
typedef struct {
    cbcnn_word_t x;
    cbcnn_word_t p;
} cbcnn_pair_t;

/* The first of two adders: x becomes o and p the carry. */
static inline void cbcnn_add_first(cbcnn_word_t *digit, cbcnn_pair_t *pair)
{
    pair->x = (pair->x ^ *digit) | pair->p;
    *digit ^= pair->p;
    pair->p = *digit ^ pair->x;
}

/* The second one: `carries` has o and the carry of the first, and becomes the pair of both. */
static inline void cbcnn_add_second(
    cbcnn_word_t *digit,
    const cbcnn_pair_t *pair,
    cbcnn_pair_t *carries)
{
    const cbcnn_word_t differs = carries->x ^ ((pair->x ^ *digit) & ~pair->p);
    *digit ^= pair->p;
    carries->x = carries->p;
    carries->p = differs;
}

/* An adder by itself: the carry. */
static inline cbcnn_word_t cbcnn_add_pair(cbcnn_word_t *digit, const cbcnn_pair_t *pair)
{
    const cbcnn_word_t either = (pair->x ^ *digit) | pair->p;
    *digit ^= pair->p;
    return *digit ^ either;
}

#endif
