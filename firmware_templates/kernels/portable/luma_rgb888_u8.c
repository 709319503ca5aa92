/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "luma.h"

void cbcnn_luma_rgb888_u8(const uint8_t *rgb, uint8_t *grey, int32_t pixels)
{
    for (int32_t i = 0; i < pixels; i++) {
        grey[i] = cbcnn_luma(rgb[0], rgb[1], rgb[2]);
        rgb += 3;
    }
}
