/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_GATHER_F32_H
#define CBCNN_GATHER_F32_H

#include <stdint.h>

/*
 * Where an axis of the result reads. Position i reads position start + step * (i / repeat) of an
 * axis of `extent` positions that lie `stride` floats apart. With `spaced`, only the first of
 * `repeat` positions reads.
 */
typedef struct {
    int32_t size;
    int32_t extent;
    int32_t stride;
    int32_t start;
    int32_t step;
    int32_t repeat;
    int32_t spaced;
} cbcnn_along_t;

/* A map whose floats lie at other places of the one that is read; `fill` is outside of it. */
typedef struct {
    cbcnn_along_t rows;
    cbcnn_along_t columns;
    cbcnn_along_t channels;
    const float *fill;
} cbcnn_gather_f32_t;

/* Floats before the position that is read, or -1 for a position that is filled. */
static inline int32_t cbcnn_find_along(const cbcnn_along_t *axis, int32_t position)
{
    int32_t group = position;
    if (axis->repeat > 1) {
        group = position / axis->repeat;
        if (axis->spaced && group * axis->repeat != position) {
            return -1;
        }
    }
    const int32_t found = axis->start + axis->step * group;
    return found >= 0 && found < axis->extent ? found * axis->stride : -1;
}

#endif
