/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_KERNELS_CAMERA_H
#define CBCNN_KERNELS_CAMERA_H

/*
 * From a camera's line to lines of an image; cbcnn_inputs/frames.py and own_pictures/scale.py define
 * it. Frames have sides of at most 16384 pixels and at most 2^24 pixels; images, of at most 256.
 */

#include "scaling.h"
#include "yuv.h"
#include <stdint.h>

/* Colours in the order red, green, blue, a byte for each. `bgr` has them in the other order. */
void cbcnn_rgb_bgr888_u8(const uint8_t *bgr, uint8_t *rgb, int32_t pixels);

/* The same of 5, 6 and 5 bits, red highest. The high byte of a pixel lies `high` behind its first
 * one: 1 where the low byte comes first, else 0. */
void cbcnn_rgb_rgb565_u8(const uint8_t *packed, int32_t high, uint8_t *rgb, int32_t pixels);

/* The same of Y, U and V, from pixel `first` on. `luma` and `chroma` are lines; they may be one. */
void cbcnn_rgb_yuv_u8(
    const cbcnn_yuv_t *layout,
    const uint8_t *luma,
    const uint8_t *chroma,
    int32_t first,
    uint8_t *rgb,
    int32_t pixels);

/* Grey of Y alone. */
void cbcnn_luma_yuv_u8(
    const cbcnn_yuv_t *layout,
    const uint8_t *luma,
    int32_t first,
    uint8_t *grey,
    int32_t pixels);

/*
 * Takes line `line`, 0 first, of the part of a frame that becomes an image, and writes the rows of
 * the image that are then complete: none, one, or several. `pixels` has the channels of `scaling`.
 * `sums`, a word for each column and channel, must be kept until the next line; it needs no
 * preparation. Lines come in order; a line 0 starts anew.
 */
void cbcnn_scale_line_u8(
    const cbcnn_scaling_t *scaling,
    const uint8_t *pixels,
    uint32_t line,
    uint32_t *sums,
    uint8_t *image);

#endif
