/* SPDX-License-Identifier: 0BSD */
#include "conv_f32.h"
#include "epilogue_f32.h"
#include "kernels.h"
#include "pixel.h"
#include "taps_f32.h"
#include <string.h>

/* The taps of one window that lie on the image, as floats, row by row. */
static void cbcnn_float_patch(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_taps_f32_t *taps,
    int32_t top,
    int32_t left,
    const cbcnn_pixel_t *input,
    float *patch)
{
    const float scale = layer->values[0];
    const int32_t channels = layer->input.channels;
    for (int32_t row = taps->rows.first; row < taps->rows.end; row++) {
        const int32_t y = top + row * layer->row_step;
        for (int32_t column = taps->columns.first; column < taps->columns.end; column++) {
            const int32_t x = left + column * layer->column_step;
            const cbcnn_pixel_t *from = input + (y * layer->input.width + x) * channels;
            for (int32_t i = 0; i < channels; i++) {
                const int32_t value = cbcnn_pixel_value(*from++, layer->shift, layer->offset);
                *patch++ = (float)value * scale;
            }
        }
    }
}

void cbcnn_conv_real_plane_f32(
    const cbcnn_conv_f32_t *layer,
    const cbcnn_pixel_t *input,
    const float *other,
    float *output,
    float *scratch)
{
    const cbcnn_window_t *window = &layer->window;
    const int32_t results = layer->output.channels;
    float *const patch = scratch + results;
    cbcnn_taps_f32_t taps;
    taps.column_pitch = layer->input.channels;
    taps.pixel_pitch = 0;
    for (int32_t row = 0; row < layer->output.height; row++) {
        const int32_t top = row * window->stride_height - window->top;
        taps.rows = cbcnn_taps_inside(top, window->height, layer->row_step, layer->input.height);
        for (int32_t column = 0; column < layer->output.width; column++) {
            const int32_t left = column * window->stride_width - window->left;
            taps.columns =
                cbcnn_taps_inside(left, window->width, layer->column_step, layer->input.width);
            taps.row_pitch = (taps.columns.end - taps.columns.first) * taps.column_pitch;
            cbcnn_float_patch(layer, &taps, top, left, input, patch);
            cbcnn_conv_pixels(layer, &taps, patch, 1, scratch);
            cbcnn_finish_pixel(layer->steps, layer->values + 1, other, results, scratch);
            memcpy(output, scratch, (size_t)results * sizeof *output);
            output += results;
            if (other != NULL) {
                other += results;
            }
        }
    }
}
