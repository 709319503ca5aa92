/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_ELEMENTS_H
#define CBCNN_ELEMENTS_H

#include <stdint.h>

/* A map whose pixels are treated alike. */
typedef struct {
    int32_t pixels;
    int32_t channels;
} cbcnn_elements_t;

#endif
