/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"

/* 5 and 6 bits become 8 by repeating the top bits below, so the largest value becomes 255. */
void cbcnn_rgb_rgb565_u8(const uint8_t *packed, int32_t high, uint8_t *rgb, int32_t pixels)
{
    for (int32_t i = 0; i < pixels; i++) {
        const uint32_t pixel = (uint32_t)packed[high] << 8 | packed[1 - high];
        const uint32_t red = pixel >> 11;
        const uint32_t green = pixel >> 5 & 63;
        const uint32_t blue = pixel & 31;
        rgb[0] = (uint8_t)(red << 3 | red >> 2);
        rgb[1] = (uint8_t)(green << 2 | green >> 4);
        rgb[2] = (uint8_t)(blue << 3 | blue >> 2);
        packed += 2;
        rgb += 3;
    }
}
