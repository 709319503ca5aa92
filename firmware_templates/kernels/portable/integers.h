/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_INTEGERS_H
#define CBCNN_INTEGERS_H

#include "elements.h"
#include <stdint.h>

/* `shift` and `offset` make integers of the image's values. */
typedef struct {
    cbcnn_elements_t map;
    int32_t shift;
    int32_t offset;
} cbcnn_integers_t;

#endif
