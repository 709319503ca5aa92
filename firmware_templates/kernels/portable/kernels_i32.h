/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_KERNELS_I32_H
#define CBCNN_KERNELS_I32_H

#include "concatenate.h"
#include "elements.h"
#include "gather_narrow.h"
#include "integers.h"
#include "pool_i32.h"
#include "threshold.h"
#include "types.h"
#include <stdint.h>

/*
 * The kernels of branches of signs and integers; kernels.h states what holds for all kernels.
 * Integers whose bounds are at most 32767 lie in 16 bits ("i16"); those kernels that quantized
 * networks have too are in kernels_i8.h. Where
 * not said otherwise they work "element by element": an output may start where an input does, for
 * each element is read before it is written.
 */

/* The channels of two maps behind each other. Not over its inputs. */
void cbcnn_concatenate_b1_b1(
    const cbcnn_concatenate_t *layer,
    const cbcnn_word_t *input,
    const cbcnn_word_t *other,
    cbcnn_word_t *output);

void cbcnn_concatenate_i32_i32(
    const cbcnn_concatenate_t *layer,
    const int32_t *input,
    const int32_t *other,
    int32_t *output);

/* Signs at other places, strides in bits; `fill` is 1 or 0. Not over its input. */
void cbcnn_gather_b1_b1(
    const cbcnn_gather_narrow_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output);

/* The signs of pixels of `channels` as pixels of `other_channels`. Not over its input. */
void cbcnn_repack_b1_b1(
    const cbcnn_concatenate_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output);

/* Sum and product of two maps of one shape. */
void cbcnn_add_i32_i32(
    const cbcnn_elements_t *layer,
    const int32_t *input,
    const int32_t *other,
    int32_t *output);

void cbcnn_multiply_i32_i32(
    const cbcnn_elements_t *layer,
    const int32_t *input,
    const int32_t *other,
    int32_t *output);

/* The product of two maps of signs. */
void cbcnn_multiply_b1_b1(
    const cbcnn_elements_t *layer,
    const cbcnn_word_t *input,
    const cbcnn_word_t *other,
    cbcnn_word_t *output);

/* Signs, and the values of the image, as integers. Not over its input. */
void cbcnn_integers_b1_i32(
    const cbcnn_elements_t *layer,
    const cbcnn_word_t *input,
    int32_t *output);

void cbcnn_integers_b1_i16(
    const cbcnn_elements_t *layer,
    const cbcnn_word_t *input,
    int16_t *output);

void cbcnn_integers_plane_i16(
    const cbcnn_integers_t *layer,
    const cbcnn_pixel_t *input,
    int16_t *output);

void cbcnn_integers_plane_i32(
    const cbcnn_integers_t *layer,
    const cbcnn_pixel_t *input,
    int32_t *output);

/* Integers become signs by one threshold per channel. */
void cbcnn_threshold_i32_b1(
    const cbcnn_threshold_layer_t *layer,
    const int32_t *input,
    cbcnn_word_t *output);

/* The largest value under each window, which has at least one pixel of the map. Pixel by pixel. */
void cbcnn_max_pool_i32_i32(const cbcnn_pool_i32_t *layer, const int32_t *input, int32_t *output);

/* The sum of the values under each window. Pixel by pixel; that of signs not over its input. */
void cbcnn_sum_pool_i32_i32(const cbcnn_pool_i32_t *layer, const int32_t *input, int32_t *output);

void cbcnn_sum_pool_b1_i32(
    const cbcnn_pool_i32_t *layer,
    const cbcnn_word_t *input,
    int32_t *output);

void cbcnn_sum_pool_b1_i16(
    const cbcnn_pool_i32_t *layer,
    const cbcnn_word_t *input,
    int16_t *output);

void cbcnn_sum_pool_i16_i16(const cbcnn_pool_i32_t *layer, const int16_t *input, int16_t *output);

/* Not over its input. */
void cbcnn_sum_pool_i16_i32(const cbcnn_pool_i32_t *layer, const int16_t *input, int32_t *output);

/* Convolution and max pooling, whose sums fit 16 bits; as conv_b1_i32 and conv_plane_i32. */
void cbcnn_sums_b1_i16(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    int16_t *output,
    cbcnn_word_t *scratch);

void cbcnn_sums_plane_i16(
    const cbcnn_conv_plane_t *layer,
    const cbcnn_pixel_t *input,
    int16_t *output,
    int32_t *scratch);

#endif
