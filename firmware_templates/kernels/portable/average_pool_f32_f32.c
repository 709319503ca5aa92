/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pool_f32.h"

/*
 * The sum of what is under a window. Lanes take every fourth pixel as long as four are left, are
 * added up in their order, and the pixels that are left follow; or a single lane takes all.
 */
static float cbcnn_sum(
    const cbcnn_pool_f32_t *layer,
    const cbcnn_under_t *under,
    const float *input)
{
    const int32_t columns = under->columns.end - under->columns.first;
    const int32_t pixels = (under->rows.end - under->rows.first) * columns;
    const int32_t in_lanes = pixels - pixels % layer->lanes;
    float sums[4] = {0, 0, 0, 0};
    float total = 0;
    int32_t lane = 0;
    int32_t done = 0;
    for (int32_t row = under->rows.first; row < under->rows.end; row++) {
        for (int32_t column = under->columns.first; column < under->columns.end; column++) {
            const float x = input[(row * layer->input.width + column) * layer->input.channels];
            if (done == in_lanes) {
                total = ((sums[0] + sums[1]) + sums[2]) + sums[3];
            }
            if (done < in_lanes) {
                sums[lane] += x;
                lane = lane + 1 == layer->lanes ? 0 : lane + 1;
            } else {
                total += x;
            }
            done++;
        }
    }
    return pixels > in_lanes ? total : ((sums[0] + sums[1]) + sums[2]) + sums[3];
}

void cbcnn_average_pool_f32_f32(const cbcnn_pool_f32_t *layer, const float *input, float *output)
{
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const cbcnn_under_t under = cbcnn_under_window(layer, row, column);
            const int32_t columns = under.columns.end - under.columns.first;
            const float pixels = (float)((under.rows.end - under.rows.first) * columns);
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                *output++ = cbcnn_sum(layer, &under, input + channel) / pixels;
            }
        }
    }
}
