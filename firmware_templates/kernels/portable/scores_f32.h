/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SCORES_F32_H
#define CBCNN_SCORES_F32_H

#include <stdint.h>

typedef struct {
    int32_t classes;
    const float *multipliers;
    const float *offsets;
} cbcnn_scores_f32_t;

#endif
