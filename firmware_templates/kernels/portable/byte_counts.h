/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BYTE_COUNTS_H
#define CBCNN_BYTE_COUNTS_H

#include "types.h"

/* Words whose ones, at most 8 in a byte of each, a byte can count. */
#define CBCNN_MOST_WORDS 31

/* The number of ones in each four bits of a word. */
static inline cbcnn_word_t cbcnn_count_nibbles(cbcnn_word_t word)
{
    const cbcnn_word_t all = (cbcnn_word_t)-1;
    const cbcnn_word_t pairs = word - ((word >> 1) & (all / 3));
    return (pairs & (all / 5)) + ((pairs >> 2) & (all / 5));
}

/* The number of ones in each byte of a word. Two nibbles of at most 4 add up to less than 16. */
static inline cbcnn_word_t cbcnn_count_bytes(cbcnn_word_t word)
{
    const cbcnn_word_t nibbles = cbcnn_count_nibbles(word);
    const cbcnn_word_t low = (cbcnn_word_t)-1 / 17;
    return (nibbles + (nibbles >> 4)) & low;
}

/* The sum of the bytes of a word. */
static inline int32_t cbcnn_add_bytes(cbcnn_word_t bytes)
{
    const cbcnn_word_t low = (cbcnn_word_t)-1 / 257;
    cbcnn_word_t sum = (bytes & low) + ((bytes >> 8) & low);
    if (CBCNN_WORD_BITS == 64) {
        sum += sum >> (CBCNN_WORD_BITS / 2);
    }
    sum += sum >> 16;
    return (int32_t)(sum & 0xffff);
}

#endif
