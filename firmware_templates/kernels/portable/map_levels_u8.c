/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"

void cbcnn_map_levels_u8(
    const uint8_t *grey,
    int32_t pixels,
    const uint8_t *levels,
    cbcnn_pixel_t *plane)
{
    for (int32_t i = 0; i < pixels; i++) {
        plane[i] = (cbcnn_pixel_t)levels[grey[i]];
    }
}
