/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LANE_COUNTS_H
#define CBCNN_LANE_COUNTS_H

#include "byte_counts.h"
#include "lanes_type.h"

/* Every word of lanes becomes the number of ones in its bytes. */
static inline void cbcnn_count_lane_bytes(cbcnn_lanes_t *ones)
{
    cbcnn_word_t *const words = (cbcnn_word_t *)(void *)ones;
    for (int32_t i = 0; i < CBCNN_LANE_WORDS; i++) {
        words[i] = cbcnn_count_bytes(words[i]);
    }
}

/* Adds the bytes of every word of at most CBCNN_MOST_WORDS counts. */
static inline void cbcnn_add_lane_bytes(cbcnn_lanes_t *bytes)
{
    cbcnn_word_t *const words = (cbcnn_word_t *)(void *)bytes;
    for (int32_t i = 0; i < CBCNN_LANE_WORDS; i++) {
        words[i] = (cbcnn_word_t)cbcnn_add_bytes(words[i]);
    }
}

#endif
