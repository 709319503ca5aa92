/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "lookup.h"

void cbcnn_lookup_i8_i16(const cbcnn_lookup_t *layer, const int8_t *input, int16_t *output)
{
    const int32_t count = layer->map.pixels * layer->map.channels;
    for (int32_t i = 0; i < count; i++) {
        output[i] = layer->entries[input[i] + 128];
    }
}
