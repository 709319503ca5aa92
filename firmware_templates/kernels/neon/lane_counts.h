/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANE_COUNTS_H
#define CBCNN_LANE_COUNTS_H

#include "byte_counts.h"
#include "lanes_type.h"

/*
 * The functions of the portable file of this name. CNT counts the ones of 16 bytes, which UADDLP adds
 * in pairs: bytes to halfwords, halfwords to words, words to the 64 bits of a lane's word.
 */
#if defined(__aarch64__) && CBCNN_WORD_BITS == 64 && CBCNN_LANE_WORDS % 2 == 0

typedef cbcnn_word_t cbcnn_register_t __attribute__((vector_size(16), aligned(8), may_alias));

static inline void cbcnn_count_lane_bytes(cbcnn_lanes_t *ones)
{
    cbcnn_register_t *part = (cbcnn_register_t *)(void *)ones;
    for (int32_t i = 0; i < CBCNN_LANE_WORDS / 2; i++) {
        __asm__("cnt %0.16b, %0.16b" : "+w"(part[i]));
    }
}

static inline void cbcnn_add_lane_bytes(cbcnn_lanes_t *bytes)
{
    cbcnn_register_t *part = (cbcnn_register_t *)(void *)bytes;
    for (int32_t i = 0; i < CBCNN_LANE_WORDS / 2; i++) {
        __asm__("uaddlp %0.8h, %0.16b\n\t"
                "uaddlp %0.4s, %0.8h\n\t"
                "uaddlp %0.2d, %0.4s"
                : "+w"(part[i]));
    }
}

#else

static inline void cbcnn_count_lane_bytes(cbcnn_lanes_t *ones)
{
    cbcnn_word_t *const words = (cbcnn_word_t *)(void *)ones;
    for (int32_t i = 0; i < CBCNN_LANE_WORDS; i++) {
        words[i] = (cbcnn_word_t)__builtin_popcountll(words[i]);
    }
}

static inline void cbcnn_add_lane_bytes(cbcnn_lanes_t *bytes)
{
    (void)bytes;
}

#endif

#endif
