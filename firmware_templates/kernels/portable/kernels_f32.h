/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_KERNELS_F32_H
#define CBCNN_KERNELS_F32_H

#include "affine_f32.h"
#include "bend_f32.h"
#include "conv_epilogue.h"
#include "conv_f32.h"
#include "elements.h"
#include "gather_f32.h"
#include "join_f32.h"
#include "norm_f32.h"
#include "pool_f32.h"
#include "sign_f32.h"
#include "to_float.h"
#include "types.h"
#include <stdint.h>

/*
 * The kernels of floats; kernels.h states what holds for all kernels.
 *
 * Floats ("f32") are IEEE 754 single precision, one for each value of a map. Every result below is
 * rounded as it says: "fused" is one rounding for a product and a sum, everything else one for each
 * operation. Where not said otherwise they work "element by element": an output may start where an
 * input does, for each element is read before it is written.
 */

/* Integers as floats, times a scale. */
void cbcnn_float_i32_f32(const cbcnn_to_float_t *layer, const int32_t *input, float *output);

/* Not over its input. */
void cbcnn_float_i16_f32(const cbcnn_to_float_t *layer, const int16_t *input, float *output);

void cbcnn_float_b1_f32(const cbcnn_to_float_t *layer, const cbcnn_word_t *input, float *output);

void cbcnn_float_plane_f32(
    const cbcnn_to_float_t *layer,
    const cbcnn_pixel_t *input,
    float *output);

/*
 * Kernels of products end with the steps of epilogue_f32.h, which may add `other`, a map of the shape
 * of the output; without such a step it is NULL. They work pixel by pixel, and an output may start
 * where `other` does.
 *
 * Convolution, max pooling of the accumulators, the result as floats. `pad` is 0, -1 or +1.
 *
 * scratch: kernel height * kernel width * words of an input pixel, and 32 bits for each channel of
 * the output.
 */
void cbcnn_conv_b1_f32(
    const cbcnn_conv_b1_f32_t *layer,
    const cbcnn_word_t *input,
    const float *other,
    float *output,
    cbcnn_word_t *scratch);

/*
 * Convolution, from 0 on fused product by product, in the order row, column, channel; taps outside
 * of the map are left out; then the bias.
 *
 * scratch: four pixels of the output.
 */
void cbcnn_conv_f32_f32(
    const cbcnn_conv_f32_t *layer,
    const float *input,
    const float *other,
    float *output,
    float *scratch);

/*
 * The same on the image, whose integers are multiplied by values[0].
 *
 * scratch: one pixel of the output and all taps of the window.
 */
void cbcnn_conv_real_plane_f32(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_pixel_t *input,
    const float *other,
    float *output,
    float *scratch);

/*
 * The same for as many groups as there are input and output channels; weights by tap, channel.
 *
 * scratch: one pixel of the output.
 */
void cbcnn_depthwise_f32_f32(
    const cbcnn_conv_f32_t *layer,
    const float *input,
    const float *other,
    float *output,
    float *scratch);

/* (x - mean) * inverse, then fused gamma and beta. */
void cbcnn_norm_f32_f32(const cbcnn_norm_f32_t *layer, const float *input, float *output);

/* x * multiplier + bias, each rounded, denormal results as 0. */
void cbcnn_affine_f32_f32(const cbcnn_affine_f32_t *layer, const float *input, float *output);

/* Sum and product of two maps of one shape. */
void cbcnn_add_f32_f32(
    const cbcnn_join_f32_t *layer,
    const float *input,
    const float *other,
    float *output);

void cbcnn_multiply_f32_f32(
    const cbcnn_join_f32_t *layer,
    const float *input,
    const float *other,
    float *output);

/* The channels of two maps behind each other. Not over its inputs. */
void cbcnn_concatenate_f32_f32(
    const cbcnn_join_f32_t *layer,
    const float *input,
    const float *other,
    float *output);

/* The floats of a map at other places, or a number outside of it. Not over its input. */
void cbcnn_gather_f32_f32(const cbcnn_gather_f32_t *layer, const float *input, float *output);

/* From values[0] to values[1]. */
void cbcnn_clip_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

/* x where it is positive, else x times its channel's slope, denormal results as 0. */
void cbcnn_slope_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

/* From 0 to 1, times values[0], to the nearest integer, half to even, divided by values[0]. */
void cbcnn_dorefa_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

/* 1 from values[0] on, -1 down from its negative, 0 between. */
void cbcnn_ternary_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

/* Functions of exp, each step rounded by itself; the last is x * values[0] above 0, and
 * (exp(x) - 1) * values[1] below. */
void cbcnn_sigmoid_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

void cbcnn_tanh_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

void cbcnn_exponential_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

void cbcnn_softplus_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

void cbcnn_signed_dorefa_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

void cbcnn_softsign_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

void cbcnn_gelu_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

void cbcnn_elu_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

/* x / values[0]. */
void cbcnn_divide_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

/* exp(x - largest) of the channels of each pixel, divided by their sum. */
void cbcnn_softmax_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

/* The channels of each pixel less their mean, divided by their deviation, times a factor, plus an
 * offset. */
void cbcnn_layer_norm_f32_f32(const cbcnn_bend_f32_t *layer, const float *input, float *output);

/* The larger of the numbers of two maps of one shape. */
void cbcnn_maximum_f32_f32(
    const cbcnn_join_f32_t *layer,
    const float *input,
    const float *other,
    float *output);

/* 1 where x is positive, else 0. */
void cbcnn_step_f32_f32(const cbcnn_elements_t *layer, const float *input, float *output);

/*
 * The largest value under each window, which has at least one pixel of the map. Works pixel by
 * pixel.
 */
void cbcnn_max_pool_f32_f32(const cbcnn_pool_f32_t *layer, const float *input, float *output);

/*
 * The sum of the pixels under each window, row by row, divided by their number. With four lanes,
 * four sums of every fourth pixel, added in their order, and then the pixels that are left. Works
 * pixel by pixel.
 */
void cbcnn_average_pool_f32_f32(const cbcnn_pool_f32_t *layer, const float *input, float *output);

/* Binarization. Not over its input. */
void cbcnn_sign_f32_b1(const cbcnn_sign_f32_t *layer, const float *input, cbcnn_word_t *output);

#endif
