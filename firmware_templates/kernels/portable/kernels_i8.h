/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_KERNELS_I8_H
#define CBCNN_KERNELS_I8_H

#include "conv_i8.h"
#include "gather_narrow.h"
#include "join_i16.h"
#include "lookup.h"
#include "pool_narrow.h"
#include "rescale.h"
#include "rescaled_conv.h"
#include "threshold_i16.h"
#include "types.h"
#include <stdint.h>

/*
 * The kernels of quantized networks; kernels.h states what holds for all kernels.
 *
 * Integers of 8 and 16 bits ("i8", "i16") lie one behind the other, pixel by pixel. They stay from
 * -127 to 127 and from -32767 to 32767. Sums of products stay below 2^31. Where not said otherwise
 * kernels work "element by element": an output may start where an input does, for each element is
 * read before it is written.
 */

/* On another scale; see rescaling.h. Not over the input where that has narrower elements. */
void cbcnn_rescale_i16_i8(const cbcnn_rescale_t *layer, const int16_t *input, int8_t *output);

void cbcnn_rescale_i16_i16(const cbcnn_rescale_t *layer, const int16_t *input, int16_t *output);

void cbcnn_rescale_i16_i32(const cbcnn_rescale_t *layer, const int16_t *input, int32_t *output);

void cbcnn_rescale_i32_i8(const cbcnn_rescale_t *layer, const int32_t *input, int8_t *output);

void cbcnn_rescale_i32_i16(const cbcnn_rescale_t *layer, const int32_t *input, int16_t *output);

void cbcnn_rescale_plane_i16(
    const cbcnn_rescale_t *layer,
    const cbcnn_pixel_t *input,
    int16_t *output);

void cbcnn_rescale_b1_i8(const cbcnn_rescale_t *layer, const cbcnn_word_t *input, int8_t *output);

void cbcnn_rescale_b1_i16(const cbcnn_rescale_t *layer, const cbcnn_word_t *input, int16_t *output);

/*
 * Convolution, its sums on another scale; taps outside of the map are left out. Not over its input.
 * Scratch holds CBCNN_PATCHES patches.
 */
void cbcnn_conv_i8_i8(
    const cbcnn_conv_i8_t *layer,
    const int8_t *input,
    int8_t *output,
    int16_t *scratch);

void cbcnn_conv_i8_i16(
    const cbcnn_conv_i8_t *layer,
    const int8_t *input,
    int16_t *output,
    int16_t *scratch);

void cbcnn_conv_i8_i32(
    const cbcnn_conv_i8_t *layer,
    const int8_t *input,
    int32_t *output,
    int16_t *scratch);

void cbcnn_conv_plane_i8(
    const cbcnn_conv_i8_t *layer,
    const cbcnn_pixel_t *input,
    int8_t *output,
    int16_t *scratch);

void cbcnn_conv_plane_i16(
    const cbcnn_conv_i8_t *layer,
    const cbcnn_pixel_t *input,
    int16_t *output,
    int16_t *scratch);

/*
 * Convolution of signs, max pooling, and its sums on another scale. Scratch holds a sum for each
 * output channel, and a patch. Not over its input.
 */
void cbcnn_conv_b1_i16(
    const cbcnn_conv_b1_i16_t *layer,
    const cbcnn_word_t *input,
    int16_t *output,
    cbcnn_word_t *scratch);

/* The same, added to `shortcut` as `add_i16_i16` adds, pixel by pixel: it may lie under the output. */
void cbcnn_conv_shortcut_b1_i16(
    const cbcnn_conv_shortcut_b1_i16_t *layer,
    const cbcnn_word_t *input,
    const int16_t *shortcut,
    int16_t *output,
    cbcnn_word_t *scratch);

/* Convolution of integers for as many filters as channels, taps that are neighbours; weights by tap, channel. */
void cbcnn_depthwise_i8_i8(const cbcnn_conv_i8_t *layer, const int8_t *input, int8_t *output);

void cbcnn_depthwise_i8_i16(const cbcnn_conv_i8_t *layer, const int8_t *input, int16_t *output);

/* The sum of two maps, each shifted to the left; then shifted to the right and rounded, and cut. */
void cbcnn_add_i16_i16(
    const cbcnn_join_i16_t *layer,
    const int16_t *input,
    const int16_t *other,
    int16_t *output);

/* The product of two maps, the other one of as many pixels or, with no other channels, of one. */
void cbcnn_multiply_i16_i16(
    const cbcnn_join_i16_t *layer,
    const int16_t *input,
    const int16_t *other,
    int16_t *output);

/* The channels of two maps, each shifted to the right and rounded. Not over an input. */
void cbcnn_concatenate_i16_i16(
    const cbcnn_join_i16_t *layer,
    const int16_t *input,
    const int16_t *other,
    int16_t *output);

/* Pooling, padding left out. Pixel by pixel. */
void cbcnn_max_pool_i8_i8(const cbcnn_pool_narrow_t *layer, const int8_t *input, int8_t *output);

void cbcnn_max_pool_i16_i16(
    const cbcnn_pool_narrow_t *layer,
    const int16_t *input,
    int16_t *output);

/* The sum, shifted to the left, divided by the number of pixels, halves rounded up; and cut. */
void cbcnn_average_pool_i16_i16(
    const cbcnn_pool_narrow_t *layer,
    const int16_t *input,
    int16_t *output);

/* Integers at other places; see gather_f32.h. Not over the input. */
void cbcnn_gather_i8_i8(const cbcnn_gather_narrow_t *layer, const int8_t *input, int8_t *output);

void cbcnn_gather_i16_i16(
    const cbcnn_gather_narrow_t *layer,
    const int16_t *input,
    int16_t *output);

/* Signs. Not over the input. */
void cbcnn_threshold_i16_b1(
    const cbcnn_threshold_i16_t *layer,
    const int16_t *input,
    cbcnn_word_t *output);

/* Entries of a table. Not over the input. */
void cbcnn_lookup_i8_i16(const cbcnn_lookup_t *layer, const int8_t *input, int16_t *output);

#endif
