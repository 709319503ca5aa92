/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_POOL_B1_H
#define CBCNN_POOL_B1_H

#include "geometry.h"
#include "types.h"

/* `minimum` has a 1 for the channels whose smallest value is wanted. */
typedef struct {
    cbcnn_map_t input;
    cbcnn_window_t window;
    cbcnn_map_t output;
    const CBCNN_TABLE cbcnn_word_t *minimum;
} cbcnn_pool_b1_t;

#endif
