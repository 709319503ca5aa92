/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"

void cbcnn_rgb_bgr888_u8(const uint8_t *bgr, uint8_t *rgb, int32_t pixels)
{
    for (int32_t i = 0; i < pixels; i++) {
        rgb[0] = bgr[2];
        rgb[1] = bgr[1];
        rgb[2] = bgr[0];
        bgr += 3;
        rgb += 3;
    }
}
