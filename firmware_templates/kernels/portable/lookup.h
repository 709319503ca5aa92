/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_LOOKUP_H
#define CBCNN_LOOKUP_H

#include "elements.h"
#include "types.h"
#include <stdint.h>

/* A function of integers of 8 bits; the first of 256 entries is that of -128. */
typedef struct {
    cbcnn_elements_t map;
    const CBCNN_TABLE int16_t *entries;
} cbcnn_lookup_t;

#endif
