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

/*
 * The same taps as runs of products: taps beside each other are one run of the map, and of the
 * weights, if no other group and no other column lies between them. `skip` are the products of a row
 * of the window that lie beside the map.
 */
typedef struct {
    int32_t rows;
    int32_t runs;
    int32_t count;
    int32_t row_pitch;
    int32_t run_pitch;
    int32_t pixel_pitch;
    int32_t first;
    int32_t skip;
} cbcnn_runs_f32_t;

static inline cbcnn_runs_f32_t cbcnn_find_runs(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_taps_f32_t *taps)
{
    const int32_t channels = layer->input.channels / layer->groups;
    const int32_t columns = taps->columns.end - taps->columns.first;
    const int32_t is_run = layer->groups == 1 && taps->column_pitch == channels;
    cbcnn_runs_f32_t runs;
    runs.rows = taps->rows.end - taps->rows.first;
    runs.runs = is_run && columns > 0 ? 1 : columns;
    runs.count = is_run ? columns * channels : channels;
    runs.row_pitch = taps->row_pitch;
    runs.run_pitch = taps->column_pitch;
    runs.pixel_pitch = taps->pixel_pitch;
    runs.first = (taps->rows.first * layer->window.width + taps->columns.first) * channels;
    runs.skip = (layer->window.width - columns) * channels;
    return runs;
}

/* Sixteen chains of products, each in its order: four pixels, four filters. */
static void cbcnn_sum_tile(
    const cbcnn_runs_f32_t *runs,
    const float *start,
    const float *weights,
    float *sums)
{
    const int32_t pitch = runs->pixel_pitch;
    cbcnn_four_t a = {0, 0, 0, 0};
    cbcnn_four_t b = {0, 0, 0, 0};
    cbcnn_four_t c = {0, 0, 0, 0};
    cbcnn_four_t d = {0, 0, 0, 0};
    for (int32_t row = 0; row < runs->rows; row++) {
        const float *from = start;
        for (int32_t run = 0; run < runs->runs; run++) {
            const float *x = from;
            const float *second = x + pitch;
            const float *third = second + pitch;
            const float *fourth = third + pitch;
            const float *const end = x + runs->count;
            while (x != end) {
                const cbcnn_four_t four = cbcnn_load_four(weights);
                weights += 4;
                cbcnn_add_four(*x++, &four, &a);
                cbcnn_add_four(*second++, &four, &b);
                cbcnn_add_four(*third++, &four, &c);
                cbcnn_add_four(*fourth++, &four, &d);
            }
            from += runs->run_pitch;
        }
        start += runs->row_pitch;
        weights += 4 * runs->skip;
    }
    cbcnn_store_four(a, sums);
    cbcnn_store_four(b, sums + 4);
    cbcnn_store_four(c, sums + 8);
    cbcnn_store_four(d, sums + 12);
}

/* Four chains: one pixel, four filters. */
static void cbcnn_sum_four(
    const cbcnn_runs_f32_t *runs,
    const float *start,
    const float *weights,
    float *sums)
{
    cbcnn_four_t a = {0, 0, 0, 0};
    for (int32_t row = 0; row < runs->rows; row++) {
        const float *from = start;
        for (int32_t run = 0; run < runs->runs; run++) {
            const float *x = from;
            const float *const end = x + runs->count;
            while (x != end) {
                const cbcnn_four_t four = cbcnn_load_four(weights);
                weights += 4;
                cbcnn_add_four(*x++, &four, &a);
            }
            from += runs->run_pitch;
        }
        start += runs->row_pitch;
        weights += 4 * runs->skip;
    }
    cbcnn_store_four(a, sums);
}

/* One chain: one pixel, one filter. */
static void cbcnn_sum_one(
    const cbcnn_runs_f32_t *runs,
    const float *start,
    const float *weights,
    float *sum)
{
    float total = 0;
    for (int32_t row = 0; row < runs->rows; row++) {
        const float *from = start;
        for (int32_t run = 0; run < runs->runs; run++) {
            for (int32_t i = 0; i < runs->count; i++) {
                total = cbcnn_fused_add(from[i], *weights++, total);
            }
            from += runs->run_pitch;
        }
        start += runs->row_pitch;
        weights += runs->skip;
    }
    *sum = total;
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
            const float sum = *sums++;
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
    const cbcnn_runs_f32_t runs = cbcnn_find_runs(layer, taps);
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
            const float *const first = weights + filters * runs.first;
            if (filters == 4 && pixels == CBCNN_TILE) {
                cbcnn_sum_tile(&runs, start, first, sums);
                cbcnn_put_sums(layer, sums, channel, 4, CBCNN_TILE, results);
            } else {
                for (int32_t i = 0; i < pixels; i++) {
                    const float *const from = start + i * runs.pixel_pitch;
                    float *const to = results + i * layer->output.channels;
                    if (filters == 4) {
                        cbcnn_sum_four(&runs, from, first, sums);
                    } else {
                        cbcnn_sum_one(&runs, from, first, sums);
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
