/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SIGN_F32_H
#define CBCNN_SIGN_F32_H

#include "elements.h"
#include <stdint.h>

/* Binarization; `zero_fires` says whether 0 is +1. */
typedef struct {
    cbcnn_elements_t map;
    int32_t zero_fires;
} cbcnn_sign_f32_t;

#endif
