/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SCORES_I32_H
#define CBCNN_SCORES_I32_H

#include <stdint.h>

typedef struct {
    int32_t classes;
} cbcnn_scores_i32_t;

#endif
