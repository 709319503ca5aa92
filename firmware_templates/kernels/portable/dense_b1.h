/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_DENSE_B1_H
#define CBCNN_DENSE_B1_H

#include "types.h"

/* `words` hold the `inputs` binary values. Weights: unit x words. */
typedef struct {
    int32_t words;
    int32_t inputs;
    int32_t units;
    const CBCNN_TABLE cbcnn_word_t *weights;
    const CBCNN_TABLE cbcnn_threshold_t *thresholds;
    const CBCNN_TABLE cbcnn_word_t *complement;
} cbcnn_dense_b1_t;

#endif
