/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_DENSE_PLANE_H
#define CBCNN_DENSE_PLANE_H

#include "types.h"

/* Weights: unit x groups of four inputs, two groups in a byte; see pattern_sums.h. */
typedef struct {
    int32_t inputs;
    int32_t units;
    int32_t shift;
    int32_t offset;
    const CBCNN_TABLE uint8_t *weights;
    const CBCNN_TABLE cbcnn_threshold_t *thresholds;
    const CBCNN_TABLE cbcnn_word_t *complement;
} cbcnn_dense_plane_t;

#endif
