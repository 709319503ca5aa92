/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_THRESHOLD_I16_H
#define CBCNN_THRESHOLD_I16_H

#include "elements.h"
#include "types.h"
#include <stdint.h>

/* Signs: +1 where (x >= threshold) != complement, an entry and a bit for each channel. */
typedef struct {
    cbcnn_elements_t map;
    const CBCNN_TABLE int16_t *limits;
    const CBCNN_TABLE cbcnn_word_t *complement;
} cbcnn_threshold_i16_t;

#endif
