/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SCORES_I64_H
#define CBCNN_SCORES_I64_H

#include "types.h"
#include <stdint.h>

/* Both tables in units of 2^-F, where F is the number of fraction bits of the scores. */
typedef struct {
    int32_t classes;
    const CBCNN_TABLE int64_t *multipliers;
    const CBCNN_TABLE int64_t *offsets;
} cbcnn_scores_i64_t;

#endif
