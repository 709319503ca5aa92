/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_LISTS_IN_REGISTERS_H
#define CBCNN_BUCKET_LISTS_IN_REGISTERS_H

#include "types.h"

/*
 * The inner loop of bucket_lists.h without address arithmetic that can be saved: a code is cut out of
 * its word as the distance of its list's end. 8 instructions a tap.
 */
#define CBCNN_BUCKET_LISTS_IN_REGISTERS

/* Puts a tap into the list whose code is in the lowest bits of `codes`. */
static inline void cbcnn_list_tap(uint32_t **ends, uint32_t code, uint32_t place)
{
    *ends[code % 16]++ = place;
}

static inline void cbcnn_list_row(
    const uint32_t *codes,
    int32_t words,
    uint32_t **ends,
    uint32_t place,
    uint32_t stride)
{
    for (const uint32_t *const end = codes + words; codes < end; codes++) {
        const uint32_t word = *codes;
        cbcnn_list_tap(ends, word, place);
        cbcnn_list_tap(ends, word >> 4, place += stride);
        cbcnn_list_tap(ends, word >> 8, place += stride);
        cbcnn_list_tap(ends, word >> 12, place += stride);
        cbcnn_list_tap(ends, word >> 16, place += stride);
        cbcnn_list_tap(ends, word >> 20, place += stride);
        cbcnn_list_tap(ends, word >> 24, place += stride);
        cbcnn_list_tap(ends, word >> 28, place += stride);
        place += stride;
    }
}

#endif
