/* SPDX-License-Identifier: 0BSD */
#include "dense_plane.h"
#include "kernels.h"
#include "plane_chunk.h"

void cbcnn_dense_plane_i32(
    const cbcnn_dense_plane_t *layer,
    const cbcnn_pixel_t *input,
    int32_t *output,
    int32_t *scratch)
{
    cbcnn_accumulate_units(layer, 0, layer->units, input, output, scratch);
}
