/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONCATENATE_H
#define CBCNN_CONCATENATE_H

#include <stdint.h>

/* Two maps of as many pixels, and the channels of each. */
typedef struct {
    int32_t pixels;
    int32_t channels;
    int32_t other_channels;
} cbcnn_concatenate_t;

#endif
