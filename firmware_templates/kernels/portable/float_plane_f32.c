/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "pixel.h"
#include "to_float.h"

void cbcnn_float_plane_f32(const cbcnn_to_float_t *layer, const cbcnn_pixel_t *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    for (int32_t i = 0; i < count; i++) {
        const int32_t x = cbcnn_pixel_value(input[i], layer->shift, layer->offset);
        output[i] = (float)x * *layer->scale;
    }
}
