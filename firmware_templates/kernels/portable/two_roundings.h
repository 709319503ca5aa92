/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_TWO_ROUNDINGS_H
#define CBCNN_TWO_ROUNDINGS_H

#include <stdint.h>
#include <string.h>

/* The number, rounded: a store to a volatile keeps compilers from fusing it with what follows. */
static inline float cbcnn_rounded(float x)
{
    const volatile float stored = x;
    return stored;
}

/* Denormal results become 0, as in TensorFlow. */
static inline float cbcnn_flushed(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & 0x7f800000U) == 0 ? 0 : x;
}

#endif
