/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_ADD_I16_H
#define CBCNN_ADD_I16_H

#include "rescaling.h"
#include <stdint.h>

/* Bits by which two numbers are shifted to the left, and their sum to the right. */
typedef struct {
    int32_t shift;
    int32_t other_shift;
    int32_t right;
} cbcnn_add_i16_t;

static inline int16_t cbcnn_add_shifted(const cbcnn_add_i16_t *add, int32_t x, int32_t other)
{
    const int32_t factor = (int32_t)1 << add->shift;
    const int32_t other_factor = (int32_t)1 << add->other_shift;
    const int32_t sum = x * factor + other * other_factor;
    return (int16_t)cbcnn_limit(cbcnn_round_shift(sum, add->right), -32767, 32767);
}

#endif
