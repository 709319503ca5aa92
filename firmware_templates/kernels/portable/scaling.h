/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SCALING_H
#define CBCNN_SCALING_H

#include <stdint.h>

/*
 * An axis with `before` pixels that become `after`. Where it shrinks or stays, output i covers the
 * input from i * from to (i + 1) * from, in units in which an input pixel is `to` long. Where it
 * grows, the middle of output i lies ((2 i + 1) * from - to) behind the middle of input 0, in units
 * in which an input pixel is 2 * to long; it is interpolated between its neighbours. `from` : `to`
 * is `before` : `after` in lowest terms. The weights of an output add up to `sum`. `whole` is
 * `from` divided by `to`, rounded down.
 */
typedef struct {
    uint32_t before;
    uint32_t after;
    uint32_t from;
    uint32_t to;
    uint32_t sum;
    uint32_t whole;
} cbcnn_scaled_axis_t;

/* What becomes of a pixel of the image: its channels; their luma; or the one that it has, thrice. */
enum { CBCNN_STORE_CHANNELS = 0, CBCNN_STORE_LUMA = 1, CBCNN_STORE_THRICE = 2 };

/* `channels` of the input, 1 or 3; `row_bytes` from a row of the image to the next. */
typedef struct {
    cbcnn_scaled_axis_t across;
    cbcnn_scaled_axis_t down;
    uint32_t channels;
    uint32_t store;
    uint32_t row_bytes;
} cbcnn_scaling_t;

/* The end of the outputs of an axis that grows for which inputs 0 to `last` suffice. */
static inline uint32_t cbcnn_axis_end(const cbcnn_scaled_axis_t *axis, uint32_t last)
{
    if (last + 1 >= axis->before) {
        return axis->after;
    }
    return (2 * axis->to * last + axis->to - axis->from) / (2 * axis->from) + 1;
}

/* Where output i of an axis that grows lies, inside of the middles of the first and last input. */
static inline uint32_t cbcnn_axis_middle(const cbcnn_scaled_axis_t *axis, uint32_t i)
{
    const uint32_t middle = (2 * i + 1) * axis->from;
    const uint32_t last = 2 * axis->to * (axis->before - 1);
    if (middle <= axis->to) {
        return 0;
    }
    return middle - axis->to < last ? middle - axis->to : last;
}

#endif
