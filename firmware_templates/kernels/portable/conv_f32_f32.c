/* SPDX-License-Identifier: 0BSD */
#include "conv_f32.h"
#include "epilogue_f32.h"
#include "kernels.h"
#include "taps_f32.h"
#include <string.h>

/* Output pixels from a column on that are made together: all their taps lie in the row. */
static inline int32_t cbcnn_pixels_together(const cbcnn_conv_f32_t *layer, int32_t column)
{
    const cbcnn_window_t *window = &layer->window;
    const int32_t last = column + CBCNN_TILE - 1;
    const int32_t left = column * window->stride_width - window->left;
    const int32_t right =
        last * window->stride_width - window->left + (window->width - 1) * layer->column_step;
    const int32_t fits = last < layer->output.width && left >= 0 && right < layer->input.width;
    return fits ? CBCNN_TILE : 1;
}

void cbcnn_conv_f32_f32(
    const cbcnn_conv_f32_t *layer,
    const float *input,
    const float *other,
    float *output,
    float *scratch)
{
    const cbcnn_window_t *window = &layer->window;
    const int32_t channels = layer->input.channels;
    const int32_t results = layer->output.channels;
    cbcnn_taps_f32_t taps;
    taps.row_pitch = layer->row_step * layer->input.width * channels;
    taps.column_pitch = layer->column_step * channels;
    taps.pixel_pitch = window->stride_width * channels;
    for (int32_t row = 0; row < layer->output.height; row++) {
        const int32_t top = row * window->stride_height - window->top;
        int32_t column = 0;
        taps.rows = cbcnn_taps_inside(top, window->height, layer->row_step, layer->input.height);
        while (column < layer->output.width) {
            const int32_t left = column * window->stride_width - window->left;
            const int32_t pixels = cbcnn_pixels_together(layer, column);
            taps.columns =
                cbcnn_taps_inside(left, window->width, layer->column_step, layer->input.width);
            const int32_t y = top + taps.rows.first * layer->row_step;
            const int32_t x = left + taps.columns.first * layer->column_step;
            const float *const start = input + (y * layer->input.width + x) * channels;
            cbcnn_conv_pixels(layer, &taps, start, pixels, scratch);
            for (int32_t i = 0; i < pixels; i++) {
                float *const pixel = scratch + i * results;
                cbcnn_finish_pixel(layer->steps, layer->values, other, results, pixel);
                if (other != NULL) {
                    other += results;
                }
            }
            memcpy(output, scratch, (size_t)(pixels * results) * sizeof *output);
            output += pixels * results;
            column += pixels;
        }
    }
}
