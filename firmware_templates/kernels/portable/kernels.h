/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_KERNELS_H
#define CBCNN_KERNELS_H

/*
 * Conventions. They are stated here and, for Python, in cbcnn_codegen/ir/__init__.py; everything
 * else refers to these two places.
 *
 * - Maps are row x column x channel. Weights are output channel x row x column x input channel; a
 *   dense layer's are unit x row x column x channel of the map that it reads.
 * - A binary value is -1 or +1. Packed ("b1"), +1 is bit 1 and -1 is bit 0; the lowest channel is in
 *   the lowest bit of a word; every pixel starts a new word; unused bits are 0.
 * - An accumulator ("i32") is the exact integer sum of products.
 * - Padding pixels are not part of the map: a convolution names the integer `pad` that they count
 *   as (0 contributes nothing), max pooling ignores them.
 * - The image ("plane") holds 8-bit integers x. The network computes on the integers
 *   (x << shift) + offset.
 * - A sign is +1 where (accumulator >= threshold) != complement. Thresholds are a table with an
 *   entry for each channel; complements are packed like the pixel that they apply to.
 *
 * Contracts that hold for every kernel: it reads and writes whole maps; input, output and scratch do
 * not overlap unless the kernel says that they may; words and integers are aligned as their type
 * asks; tables are only read; nothing else is touched, so every kernel is re-entrant. Accumulators
 * stay below 2^24 in magnitude, map sizes and table lengths below 2^31.
 *
 * Kernels that permit it may write their output over their input, which is lost. Scratch stays apart.
 * - A kernel that works "pixel by pixel" makes one output pixel after the other, row by row. While
 *   it makes one it writes nothing else of the output, and it reads no input but what lies under
 *   the windows of this pixel and of those that follow.
 * - One that works "unit by unit" reads all input before it writes a word, or an accumulator, of the
 *   output; the words are written in their order.
 * The output then has to start far enough before the input that no byte is written which is still
 * to be read; cbcnn_codegen/kernels/overlap.py computes how far.
 */

#include "binarize_plane.h"
#include "conv_b1.h"
#include "conv_bucket.h"
#include "conv_distinct.h"
#include "conv_interleaved.h"
#include "conv_plane.h"
#include "conv_quad.h"
#include "conv_sliced.h"
#include "dense_b1.h"
#include "dense_plane.h"
#include "elements.h"
#include "kernels_camera.h"
#include "kernels_f32.h"
#include "kernels_i32.h"
#include "kernels_i8.h"
#include "pool_b1.h"
#include "scores_f32.h"
#include "scores_i32.h"
#include "scores_i64.h"
#include "types.h"
#include <stddef.h>
#include <stdint.h>

/*
 * Convolution, max pooling of the accumulators and comparison, in one. `pad` is 0, -1 or +1. Every
 * pool window has at least one pixel of the convolution in it. Pixels of the convolution that no
 * window covers are not computed; those that several cover are computed for each. Works pixel by
 * pixel.
 *
 * scratch: kernel height * kernel width * words of an input pixel.
 */
void cbcnn_conv_b1_b1(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch);

/*
 * The same for a window of one pixel without padding, and at most 31 words of an input pixel. Works
 * pixel by pixel.
 */
void cbcnn_conv_pointwise_b1_b1(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output);

/* The same, but 32 filters at a time. Works pixel by pixel. */
void cbcnn_conv_interleaved_b1_b1(
    const cbcnn_conv_interleaved_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch);

/*
 * As cbcnn_conv_b1_b1 by bit slicing: pixels are computed a word of lanes at a time. Not over its
 * input.
 *
 * scratch: 9 words for each bit of a word and 24; 16/3 words for each bit of the words of a part;
 * if a filter has several parts, top + 1 words for each channel. As much as cbcnn_conv_b1_b1 needs
 * if that is more.
 */
void cbcnn_conv_sliced_b1_b1(
    const cbcnn_conv_sliced_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch);

/*
 * The same with buckets: what four filters have in common is counted once. Not over its input.
 *
 * scratch: what cbcnn_divide_memory in conv_bucket_b1_b1.c divides.
 */
void cbcnn_conv_bucket_b1_b1(
    const cbcnn_conv_bucket_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch);

/* The same without comparison: the pooled accumulators. Thresholds and complement are not read. */
void cbcnn_conv_b1_i32(
    const cbcnn_conv_b1_t *layer,
    const cbcnn_word_t *input,
    int32_t *output,
    cbcnn_word_t *scratch);

/*
 * As cbcnn_conv_b1_b1, on the image. `pad` is any integer. Works pixel by pixel.
 *
 * scratch: 16 integers for every four taps of the window, counting channels, rounded up.
 */
void cbcnn_conv_plane_b1(
    const cbcnn_conv_plane_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    int32_t *scratch);

/*
 * The same for four pixels of the convolution at a time. Works pixel by pixel.
 *
 * scratch: 2 * 2^group_taps integers for each group. With vectors 16 times as many, 32 integers for
 * each tap of each group, and 8 for every 16 channels of an output pixel's words.
 */
void cbcnn_conv_quad_plane_b1(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    uint32_t *scratch);

/*
 * The same for 32 pooled pixels at a time, with equal filters computed once. Not over its input.
 *
 * scratch: lanes for all bits of an output pixel's words, then 1024 integers of 32 bits for each
 * input channel.
 */
void cbcnn_conv_distinct_plane_b1(
    const cbcnn_conv_distinct_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    cbcnn_word_t *scratch);

/* The same without comparison: the pooled accumulators. Thresholds and complement are not read. */
void cbcnn_conv_plane_i32(
    const cbcnn_conv_plane_t *layer,
    const cbcnn_pixel_t *input,
    int32_t *output,
    int32_t *scratch);

/* Dense layer and comparison. The units become the channels of one pixel. Works unit by unit. */
void cbcnn_dense_b1_b1(
    const cbcnn_dense_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output);

/* Dense layer without comparison. Thresholds and complement are not read. Works unit by unit. */
void cbcnn_dense_b1_i32(const cbcnn_dense_b1_t *layer, const cbcnn_word_t *input, int32_t *output);

/*
 * Dense layer and comparison on the image. Works unit by unit.
 *
 * scratch: 128 integers and as many more as a word has bits.
 */
void cbcnn_dense_plane_b1(
    const cbcnn_dense_plane_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    int32_t *scratch);

/* The same without comparison; not over its input. scratch: 128 integers. */
void cbcnn_dense_plane_i32(
    const cbcnn_dense_plane_t *layer,
    const cbcnn_pixel_t *input,
    int32_t *output,
    int32_t *scratch);

/* The image becomes signs by one threshold per channel. Works pixel by pixel. */
void cbcnn_binarize_plane_b1(
    const cbcnn_binarize_plane_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output);

/*
 * Pooling of signs: the largest value of each window, the smallest in the `minimum` channels. Works
 * pixel by pixel.
 */
void cbcnn_pool_b1_b1(
    const cbcnn_pool_b1_t *layer,
    const cbcnn_word_t *input,
    cbcnn_word_t *output);

/*
 * Class scores. They return the index of the largest one, the first of several, and write all of
 * them to `scores` unless that is NULL.
 *
 * i64: round24(round24(accumulator * multiplier) + offset), where round24 keeps 24 significant bits,
 * half to even. These are the float32 scores in fixed point. |accumulator * multiplier| + |offset|
 * is below 2^62.
 * f32: float32(float32(accumulator * multiplier) + offset), never fused.
 * i32: the accumulators themselves.
 * f32_f32: the values themselves.
 */
size_t cbcnn_scores_i32_i64(
    const cbcnn_scores_i64_t *layer,
    const int32_t *accumulators,
    int64_t *scores);

size_t cbcnn_scores_i32_f32(
    const cbcnn_scores_f32_t *layer,
    const int32_t *accumulators,
    float *scores);

size_t cbcnn_scores_i32_i32(
    const cbcnn_scores_i32_t *layer,
    const int32_t *accumulators,
    int32_t *scores);

size_t cbcnn_scores_f32_f32(const cbcnn_elements_t *layer, const float *values, float *scores);

/* Signs that the network puts out, each as -1 or +1. */
void cbcnn_scores_b1_i8(const cbcnn_elements_t *layer, const cbcnn_word_t *signs, int8_t *scores);

/*
 * The Image Compression Block, step by step; cbcnn_inputs/preprocessing.py defines it. An image has
 * 1 to 65536 pixels. `counts` and `levels` have 256 entries: how often each grey level occurs, and
 * what it becomes.
 */

/* Grey level of each pixel, BT.601. `rgb` has three bytes for each, red first. */
void cbcnn_luma_rgb888_u8(const uint8_t *rgb, uint8_t *grey, int32_t pixels);

/* The same for 5, 6 and 5 bits, red highest, in the byte order of the machine. */
void cbcnn_luma_rgb565_u8(const uint16_t *rgb, uint8_t *grey, int32_t pixels);

/* Fills counts, and levels with the identity. */
void cbcnn_count_levels_u8(const uint8_t *grey, int32_t pixels, uint32_t *counts, uint8_t *levels);

/* Equalises: levels must hold the identity before. */
void cbcnn_equalise_levels(const uint32_t *counts, int32_t pixels, uint8_t *levels);

/* Standardises what levels hold; they then are -127 to 127 in two's complement. scale: 1 to 127. */
void cbcnn_standardise_levels(
    const uint32_t *counts,
    int32_t pixels,
    uint32_t scale,
    uint8_t *levels);

/* Replaces each level; `plane` may be `grey`. */
void cbcnn_map_levels_u8(
    const uint8_t *grey,
    int32_t pixels,
    const uint8_t *levels,
    cbcnn_pixel_t *plane);

#endif
