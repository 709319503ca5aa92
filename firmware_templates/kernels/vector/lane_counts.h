/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANE_COUNTS_H
#define CBCNN_LANE_COUNTS_H

#include "byte_counts.h"
#include "lanes_type.h"

/*
 * The functions of the portable file of this name. AVX-512 counts the ones of a word, AVX2 looks up
 * those of half a byte.
 */
#if defined(__AVX512VPOPCNTDQ__) && defined(__AVX512VL__) && !defined(__clang__)

typedef long long cbcnn_counted_t __attribute__((vector_size(32)));

static inline void cbcnn_count_lane_bytes(cbcnn_lanes_t *ones)
{
    *ones = (cbcnn_lanes_t)__builtin_ia32_vpopcountq_v4di((cbcnn_counted_t)*ones);
}

static inline void cbcnn_add_lane_bytes(cbcnn_lanes_t *bytes)
{
    (void)bytes;
}

#elif defined(__AVX2__)

typedef char cbcnn_octets_t __attribute__((vector_size(32)));

static inline void cbcnn_count_lane_bytes(cbcnn_lanes_t *ones)
{
    const cbcnn_octets_t table = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                  0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    const cbcnn_word_t halves = (cbcnn_word_t)-1 / 17;
    const cbcnn_octets_t low = (cbcnn_octets_t)(*ones & halves);
    const cbcnn_octets_t high = (cbcnn_octets_t)((*ones >> 4) & halves);
    const cbcnn_octets_t sum =
        __builtin_ia32_pshufb256(table, low) + __builtin_ia32_pshufb256(table, high);
    *ones = (cbcnn_lanes_t)sum;
}

static inline void cbcnn_add_lane_bytes(cbcnn_lanes_t *bytes)
{
    const cbcnn_octets_t none = {0};
    *bytes = (cbcnn_lanes_t)__builtin_ia32_psadbw256((cbcnn_octets_t)*bytes, none);
}

#else

static inline void cbcnn_count_lane_bytes(cbcnn_lanes_t *ones)
{
    for (int32_t i = 0; i < CBCNN_LANE_WORDS; i++) {
        (*ones)[i] = (cbcnn_word_t)__builtin_popcountll((*ones)[i]);
    }
}

static inline void cbcnn_add_lane_bytes(cbcnn_lanes_t *bytes)
{
    (void)bytes;
}

#endif

#endif
