/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_MATCH_TABLES_H
#define CBCNN_MATCH_TABLES_H

#include "lanes_type.h"

/*
 * Three binary inputs, each a bit plane with one bit for every lane, meet three weights: eight
 * patterns of weights, and for each the number of matches in every lane, 0 to 3, as two bit planes.
 * All filters share the table of a triple, so three products of all lanes cost one look-up.
 */
#define CBCNN_TRIPLE 3
#define CBCNN_PATTERNS 8

/* Words of weights that are counted together: they hold as many triples as a word has bits. */
#define CBCNN_BLOCK_WORDS 3

/* Digits of a count that are kept in registers; those above are in memory. */
#define CBCNN_LOW_PLANES 7

typedef struct {
    cbcnn_lanes_t low;
    cbcnn_lanes_t high;
} cbcnn_matches_t;

/*
 * Pattern p has the weight of input i in bit i. Complementary patterns have complementary counts,
 * 3 - n, that is both planes inverted. The low plane is the parity of the inputs that match, the
 * high plane their majority: maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), with inputs inverted as needed.
 */
static inline void cbcnn_make_matches(const cbcnn_lanes_t *inputs, cbcnn_matches_t *table)
{
    const cbcnn_lanes_t middle = inputs[1];
    const cbcnn_lanes_t left = inputs[0] ^ middle;
    const cbcnn_lanes_t right = middle ^ inputs[2];
    const cbcnn_lanes_t odd = left ^ inputs[2];
    const cbcnn_lanes_t high7 = middle ^ (left & right);
    const cbcnn_lanes_t high6 = middle ^ (~left & right);
    const cbcnn_lanes_t high3 = middle ^ (left & ~right);
    const cbcnn_lanes_t high5 = middle ^ (left | right);
    table[0].low = ~odd;
    table[0].high = ~high7;
    table[1].low = odd;
    table[1].high = ~high6;
    table[2].low = odd;
    table[2].high = ~high5;
    table[3].low = ~odd;
    table[3].high = high3;
    table[4].low = odd;
    table[4].high = ~high3;
    table[5].low = ~odd;
    table[5].high = high5;
    table[6].low = ~odd;
    table[6].high = high6;
    table[7].low = odd;
    table[7].high = high7;
}

#endif
