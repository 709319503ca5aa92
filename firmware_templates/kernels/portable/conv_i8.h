/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_I8_H
#define CBCNN_CONV_I8_H

#include "geometry.h"
#include "rescaling.h"
#include "types.h"
#include <stdint.h>

/*
 * A convolution with weights of 8 bits in `groups` of channels; `window` counts taps, which lie
 * `row_step` rows and `column_step` columns apart. `shift` and `offset` make integers of pixels.
 *
 * A patch is what lies under a window, in 16 bits, with zeros behind it up to a multiple of four.
 * Weights lie group by group, and two filters together: for each four integers of a patch the four
 * weights of one filter, then those of the other; the last filter of an odd number lies alone. Of
 * four weights the second and the third have changed places: the bytes 0 and 2 of a word are two
 * neighbours, and so are 1 and 3.
 */
typedef struct {
    cbcnn_map_t input;
    cbcnn_window_t window;
    cbcnn_map_t output;
    int32_t row_step;
    int32_t column_step;
    int32_t groups;
    int32_t shift;
    int32_t offset;
    cbcnn_rescaling_t to;
    const CBCNN_TABLE int8_t *weights;
    const CBCNN_TABLE int32_t *scales;
} cbcnn_conv_i8_t;

/* Patches that are worked on together. */
#define CBCNN_PATCHES 2

#endif
