/* SPDX-License-Identifier: 0BSD */
#include "conv_f32.h"
#include "kernels.h"
#include "multiply_add.h"

/* The taps of a window that lie on the map, and where the first of them lies. */
typedef struct {
    cbcnn_span_t rows;
    cbcnn_span_t columns;
    int32_t top;
    int32_t left;
} cbcnn_taps_on_map_t;

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

/* Four chains of products, each in its order. */
static inline void cbcnn_chain_four(
    const float *x,
    const float *weights,
    int32_t count,
    float *sums)
{
    float first = sums[0];
    float second = sums[1];
    float third = sums[2];
    float fourth = sums[3];
    for (int32_t i = 0; i < count; i++) {
        const float value = *x++;
        first = cbcnn_fused_add(value, weights[0], first);
        second = cbcnn_fused_add(value, weights[1], second);
        third = cbcnn_fused_add(value, weights[2], third);
        fourth = cbcnn_fused_add(value, weights[3], fourth);
        weights += 4;
    }
    sums[0] = first;
    sums[1] = second;
    sums[2] = third;
    sums[3] = fourth;
}

static inline void cbcnn_chain_one(const float *x, const float *weights, int32_t count, float *sum)
{
    float total = *sum;
    for (int32_t i = 0; i < count; i++) {
        total = cbcnn_fused_add(x[i], weights[i], total);
    }
    *sum = total;
}

/*
 * The sums of one or four output channels. Taps beside each other are one run of the map, and of the
 * weights, if no other group and no other column lies between them.
 */
static inline void cbcnn_sum_taps(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_taps_on_map_t *taps,
    const float *input,
    const float *weights,
    int32_t together,
    float *sums)
{
    const int32_t channels = layer->input.channels / layer->groups;
    const int32_t columns = taps->columns.end - taps->columns.first;
    const int32_t is_run = layer->groups == 1 && layer->column_step == 1;
    const int32_t runs = is_run ? (columns > 0) : columns;
    const int32_t count = is_run ? columns * channels : channels;
    for (int32_t row = taps->rows.first; row < taps->rows.end; row++) {
        for (int32_t run = 0; run < runs; run++) {
            const int32_t column = taps->columns.first + run;
            const int32_t y = taps->top + row * layer->row_step;
            const int32_t x = taps->left + column * layer->column_step;
            const float *from = input + (y * layer->input.width + x) * layer->input.channels;
            const int32_t tap = row * layer->window.width + column;
            const float *first = weights + tap * channels * together;
            if (together == 4) {
                cbcnn_chain_four(from, first, count, sums);
            } else {
                cbcnn_chain_one(from, first, count, sums);
            }
        }
    }
}

/* One output pixel. */
static void cbcnn_conv_pixel(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_taps_on_map_t *taps,
    const float *input,
    float *output)
{
    const int32_t channels = layer->input.channels / layer->groups;
    const int32_t per_group = layer->output.channels / layer->groups;
    const int32_t filter = layer->window.height * layer->window.width * channels;
    const float *weights = layer->weights;
    int32_t channel = 0;
    for (int32_t group = 0; group < layer->groups; group++) {
        int32_t left = per_group;
        while (left > 0) {
            const int32_t together = left >= 4 ? 4 : 1;
            float sums[4] = {0, 0, 0, 0};
            cbcnn_sum_taps(layer, taps, input + group * channels, weights, together, sums);
            for (int32_t i = 0; i < together; i++) {
                output[channel] = layer->bias != NULL ? sums[i] + layer->bias[channel] : sums[i];
                channel++;
            }
            weights += together * filter;
            left -= together;
        }
    }
}

void cbcnn_conv_f32_f32(const cbcnn_conv_f32_t *layer, const float *input, float *output)
{
    const cbcnn_window_t *window = &layer->window;
    for (int32_t row = 0; row < layer->output.height; row++) {
        cbcnn_taps_on_map_t taps;
        taps.top = row * window->stride_height - window->top;
        taps.rows =
            cbcnn_taps_inside(taps.top, window->height, layer->row_step, layer->input.height);
        for (int32_t column = 0; column < layer->output.width; column++) {
            taps.left = column * window->stride_width - window->left;
            taps.columns =
                cbcnn_taps_inside(taps.left, window->width, layer->column_step, layer->input.width);
            cbcnn_conv_pixel(layer, &taps, input, output);
            output += layer->output.channels;
        }
    }
}
