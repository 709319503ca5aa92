/* SPDX-License-Identifier: 0BSD */
#include "gather_f32.h"
#include "kernels.h"
#include <string.h>

/* Do all channels of a pixel lie together? */
static int32_t cbcnn_is_whole(const cbcnn_along_t *axis)
{
    const int32_t in_order = axis->stride == 1 && axis->start == 0 && axis->step == 1;
    return in_order && axis->repeat == 1 && axis->size == axis->extent;
}

void cbcnn_gather_f32_f32(const cbcnn_gather_f32_t *layer, const float *input, float *output)
{
    const float fill = layer->fill[0];
    const int32_t channels = layer->channels.size;
    const int32_t is_whole = cbcnn_is_whole(&layer->channels);
    for (int32_t row = 0; row < layer->rows.size; row++) {
        const int32_t above = cbcnn_find_along(&layer->rows, row);
        for (int32_t column = 0; column < layer->columns.size; column++) {
            const int32_t beside = cbcnn_find_along(&layer->columns, column);
            const int32_t is_filled = above < 0 || beside < 0;
            if (is_whole && !is_filled) {
                memcpy(output, input + above + beside, (size_t)channels * sizeof *output);
            } else {
                for (int32_t channel = 0; channel < channels; channel++) {
                    const int32_t inside = cbcnn_find_along(&layer->channels, channel);
                    output[channel] =
                        is_filled || inside < 0 ? fill : input[above + beside + inside];
                }
            }
            output += channels;
        }
    }
}
