/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_RESCALE_H
#define CBCNN_RESCALE_H

#include "elements.h"
#include "rescaling.h"
#include "types.h"
#include <stdint.h>

/* A map on another scale; `shift` and `offset` make integers of pixels. */
typedef struct {
    cbcnn_elements_t map;
    int32_t shift;
    int32_t offset;
    cbcnn_rescaling_t to;
    const CBCNN_TABLE int32_t *scales;
} cbcnn_rescale_t;

#endif
