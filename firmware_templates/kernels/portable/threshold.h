/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_THRESHOLD_H
#define CBCNN_THRESHOLD_H

#include "elements.h"
#include "types.h"

/* An entry for each channel; complements are packed like a pixel. */
typedef struct {
    cbcnn_elements_t map;
    const CBCNN_TABLE cbcnn_threshold_t *thresholds;
    const CBCNN_TABLE cbcnn_word_t *complement;
} cbcnn_threshold_layer_t;

#endif
