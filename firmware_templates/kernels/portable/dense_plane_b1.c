/* SPDX-License-Identifier: 0BSD */
#include "dense_plane.h"
#include "kernels.h"
#include "plane_chunk.h"

void cbcnn_dense_plane_b1(
    const cbcnn_dense_plane_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    int32_t *scratch)
{
    int32_t *accumulators = scratch + CBCNN_CHUNK_SUMS;
    for (int32_t unit = 0; unit < layer->units; unit += CBCNN_WORD_BITS) {
        int32_t count = layer->units - unit;
        cbcnn_word_t fired = 0;
        if (count > CBCNN_WORD_BITS) {
            count = CBCNN_WORD_BITS;
        }
        cbcnn_accumulate_units(layer, unit, count, input, accumulators, scratch);
        for (int32_t i = 0; i < count; i++) {
            if (accumulators[i] >= layer->thresholds[unit + i]) {
                fired |= (cbcnn_word_t)1 << i;
            }
        }
        *output++ = fired ^ layer->complement[unit / CBCNN_WORD_BITS];
    }
}
