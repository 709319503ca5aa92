/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "to_float.h"
#include <string.h>

/* memcpy reads what may lie under the output, whose type is another one. */
void cbcnn_float_i32_f32(const cbcnn_to_float_t *layer, const int32_t *input, float *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    for (int32_t i = 0; i < count; i++) {
        int32_t x;
        memcpy(&x, &input[i], sizeof x);
        output[i] = (float)x * *layer->scale;
    }
}
