/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_GATHER_NARROW_H
#define CBCNN_GATHER_NARROW_H

#include "gather_f32.h"

/* A map whose integers lie at other places of the one that is read; `fill` is outside of it. */
typedef struct {
    cbcnn_along_t rows;
    cbcnn_along_t columns;
    cbcnn_along_t channels;
    int32_t fill;
} cbcnn_gather_narrow_t;

#endif
