/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_JOIN_I16_H
#define CBCNN_JOIN_I16_H

#include "rescaling.h"
#include <stdint.h>

/*
 * Two maps of 16-bit integers; `shifts` are bits to the left for each of them where they are added,
 * to the right where they lie behind each other; `right` bits follow.
 */
typedef struct {
    int32_t pixels;
    int32_t channels;
    int32_t other_channels;
    int32_t shift;
    int32_t other_shift;
    int32_t right;
} cbcnn_join_i16_t;

#endif
