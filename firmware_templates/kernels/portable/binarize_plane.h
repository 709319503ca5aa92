/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BINARIZE_PLANE_H
#define CBCNN_BINARIZE_PLANE_H

#include "types.h"

typedef struct {
    int32_t pixels;
    int32_t channels;
    int32_t shift;
    int32_t offset;
    const CBCNN_TABLE cbcnn_threshold_t *thresholds;
    const CBCNN_TABLE cbcnn_word_t *complement;
} cbcnn_binarize_plane_t;

#endif
