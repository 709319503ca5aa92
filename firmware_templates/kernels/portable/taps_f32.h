/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_TAPS_F32_H
#define CBCNN_TAPS_F32_H

#include "conv_f32.h"
#include "epilogue_f32.h"
#include "geometry.h"
#include "multiply_add.h"
#include <stddef.h>
#include <stdint.h>

/*
 * The taps of a window that lie on the map, and how many floats lie between two of one column, two
 * of one row, and the same tap of two output pixels.
 */
typedef struct {
    cbcnn_span_t rows;
    cbcnn_span_t columns;
    int32_t row_pitch;
    int32_t column_pitch;
    int32_t pixel_pitch;
} cbcnn_taps_f32_t;

/* Output pixels beside each other that share the loads of weights. */
#define CBCNN_TILE 4

/* Positions start, start + step, ...: those numbered first <= i < end lie in 0 <= x < limit. */
static inline cbcnn_span_t cbcnn_taps_inside(
    int32_t start,
    int32_t taps,
    int32_t step,
    int32_t limit)
{
    cbcnn_span_t span = {0, taps};
    if (start < 0) {
        span.first = (step - 1 - start) / step;
    }
    while (span.end > span.first && start + (span.end - 1) * step >= limit) {
        span.end--;
    }
    return span;
}

/* Four numbers that stay in registers. */
typedef struct {
    float first;
    float second;
    float third;
    float fourth;
} cbcnn_four_t;

static inline cbcnn_four_t cbcnn_load_four(const float *from)
{
    const cbcnn_four_t four = {from[0], from[1], from[2], from[3]};
    return four;
}

static inline void cbcnn_store_four(cbcnn_four_t four, float *to)
{
    to[0] = four.first;
    to[1] = four.second;
    to[2] = four.third;
    to[3] = four.fourth;
}

/* The products of one number with the weights of four filters. */
static inline void cbcnn_add_four(float x, const cbcnn_four_t *weights, cbcnn_four_t *sums)
{
    sums->first = cbcnn_fused_add(x, weights->first, sums->first);
    sums->second = cbcnn_fused_add(x, weights->second, sums->second);
    sums->third = cbcnn_fused_add(x, weights->third, sums->third);
    sums->fourth = cbcnn_fused_add(x, weights->fourth, sums->fourth);
}

/* Sixteen chains of products, each in its order: four pixels, four filters. */
static void cbcnn_chain_tile(
    const float *x,
    int32_t pitch,
    const float *weights,
    int32_t count,
    float *sums)
{
    const float *const end = x + count;
    const float *second = x + pitch;
    const float *third = second + pitch;
    const float *fourth = third + pitch;
    cbcnn_four_t a = cbcnn_load_four(sums);
    cbcnn_four_t b = cbcnn_load_four(sums + 4);
    cbcnn_four_t c = cbcnn_load_four(sums + 8);
    cbcnn_four_t d = cbcnn_load_four(sums + 12);
    while (x != end) {
        const cbcnn_four_t four = cbcnn_load_four(weights);
        weights += 4;
        cbcnn_add_four(*x++, &four, &a);
        cbcnn_add_four(*second++, &four, &b);
        cbcnn_add_four(*third++, &four, &c);
        cbcnn_add_four(*fourth++, &four, &d);
    }
    cbcnn_store_four(a, sums);
    cbcnn_store_four(b, sums + 4);
    cbcnn_store_four(c, sums + 8);
    cbcnn_store_four(d, sums + 12);
}

/* Four chains: one pixel, four filters. */
static void cbcnn_chain_four(const float *x, const float *weights, int32_t count, float *sums)
{
    cbcnn_four_t a = cbcnn_load_four(sums);
    for (int32_t i = 0; i < count; i++) {
        const cbcnn_four_t four = cbcnn_load_four(weights);
        weights += 4;
        cbcnn_add_four(*x++, &four, &a);
    }
    cbcnn_store_four(a, sums);
}

static void cbcnn_chain_one(const float *x, const float *weights, int32_t count, float *sum)
{
    float total = *sum;
    for (int32_t i = 0; i < count; i++) {
        total = cbcnn_fused_add(x[i], weights[i], total);
    }
    *sum = total;
}

/*
 * The sums of one or four filters for one or four pixels, four filters of a pixel together. Taps
 * beside each other are one run of the map, and of the weights, if no other group and no other
 * column lies between them.
 */
static inline void cbcnn_sum_taps(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_taps_f32_t *taps,
    const float *start,
    const float *weights,
    int32_t filters,
    int32_t pixels,
    float *sums)
{
    const int32_t channels = layer->input.channels / layer->groups;
    const int32_t columns = taps->columns.end - taps->columns.first;
    const int32_t is_run = layer->groups == 1 && taps->column_pitch == channels;
    const int32_t runs = is_run ? (columns > 0) : columns;
    const int32_t count = is_run ? columns * channels : channels;
    for (int32_t i = 0; i < filters * pixels; i++) {
        sums[i] = 0;
    }
    for (int32_t row = taps->rows.first; row < taps->rows.end; row++) {
        const float *from = start;
        const int32_t tap = row * layer->window.width + taps->columns.first;
        const float *first = weights + tap * channels * filters;
        for (int32_t run = 0; run < runs; run++) {
            if (filters == 1) {
                cbcnn_chain_one(from, first, count, sums);
            } else if (pixels == 1) {
                cbcnn_chain_four(from, first, count, sums);
            } else {
                cbcnn_chain_tile(from, taps->pixel_pitch, first, count, sums);
            }
            from += taps->column_pitch;
            first += channels * filters;
        }
        start += taps->row_pitch;
    }
}

/* The sums of some filters as they lie in the results of one or four pixels, with their bias. */
static inline void cbcnn_put_sums(
    const cbcnn_conv_f32_t *layer,
    const float *sums,
    int32_t channel,
    int32_t filters,
    int32_t pixels,
    float *results)
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t i = 0; i < filters; i++) {
            const float sum = sums[pixel * filters + i];
            results[channel + i] = layer->bias != NULL ? sum + layer->bias[channel + i] : sum;
        }
        results += layer->output.channels;
    }
}

/*
 * The results of one pixel, or of CBCNN_TILE beside each other whose taps lie alike. `start` is the
 * first tap on the map of the first of them, channel 0.
 */
static void cbcnn_conv_pixels(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_taps_f32_t *taps,
    const float *start,
    int32_t pixels,
    float *results)
{
    const int32_t channels = layer->input.channels / layer->groups;
    const int32_t per_group = layer->output.channels / layer->groups;
    const int32_t filter = layer->window.height * layer->window.width * channels;
    const float *weights = layer->weights;
    float sums[4 * CBCNN_TILE];
    int32_t channel = 0;
    for (int32_t group = 0; group < layer->groups; group++) {
        int32_t left = per_group;
        while (left > 0) {
            const int32_t filters = left >= 4 ? 4 : 1;
            if (filters == 4 && pixels == CBCNN_TILE) {
                cbcnn_sum_taps(layer, taps, start, weights, 4, CBCNN_TILE, sums);
                cbcnn_put_sums(layer, sums, channel, 4, CBCNN_TILE, results);
            } else {
                for (int32_t i = 0; i < pixels; i++) {
                    const float *from = start + i * taps->pixel_pitch;
                    float *const to = results + i * layer->output.channels;
                    if (filters == 4) {
                        cbcnn_sum_taps(layer, taps, from, weights, 4, 1, sums);
                    } else {
                        cbcnn_sum_taps(layer, taps, from, weights, 1, 1, sums);
                    }
                    cbcnn_put_sums(layer, sums, channel, filters, 1, to);
                }
            }
            weights += filters * filter;
            channel += filters;
            left -= filters;
        }
        start += channels;
    }
}

#endif
