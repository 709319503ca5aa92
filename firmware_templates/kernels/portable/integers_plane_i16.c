/* SPDX-License-Identifier: 0BSD */
#include "integers.h"
#include "kernels.h"
#include "pixel.h"

void cbcnn_integers_plane_i16(
    const cbcnn_integers_t *layer,
    const cbcnn_pixel_t *input,
    int16_t *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    for (int32_t i = 0; i < count; i++) {
        output[i] = (int16_t)cbcnn_pixel_value(input[i], layer->shift, layer->offset);
    }
}
