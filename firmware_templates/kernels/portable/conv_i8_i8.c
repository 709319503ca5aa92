/* SPDX-License-Identifier: 0BSD */
#include "conv_i8.h"
#include "conv_patches.h"
#include "fill_patch_i8.h"
#include "kernels.h"

void cbcnn_conv_i8_i8(
    const cbcnn_conv_i8_t *layer,
    const int8_t *input,
    int8_t *output,
    int16_t *scratch)
{
    const cbcnn_window_t *window = &layer->window;
    const int32_t patch = cbcnn_patch_quads(layer) * 4;
    cbcnn_results_t to = {NULL, NULL, NULL};
    to.narrow = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        const int32_t top = row * window->stride_height - window->top;
        int32_t column = 0;
        while (column < layer->output.width) {
            const int32_t left = layer->output.width - column;
            const int32_t count = left < CBCNN_PATCHES ? left : CBCNN_PATCHES;
            for (int32_t group = 0; group < layer->groups; group++) {
                for (int32_t i = 0; i < count; i++) {
                    const int32_t x = (column + i) * window->stride_width - window->left;
                    cbcnn_fill_patch_i8(layer, input, top, x, group, scratch + i * patch);
                }
                cbcnn_put_group(layer, group, scratch, count, &to);
            }
            cbcnn_advance(&to, count * layer->output.channels);
            column += count;
        }
    }
}
