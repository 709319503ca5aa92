/* SPDX-License-Identifier: 0BSD */
#include "elements.h"
#include "kernels.h"

void cbcnn_add_i32_i32(
    const cbcnn_elements_t *layer,
    const int32_t *input,
    const int32_t *other,
    int32_t *output)
{
    const int32_t count = layer->pixels * layer->channels;
    for (int32_t i = 0; i < count; i++) {
        output[i] = input[i] + other[i];
    }
}
