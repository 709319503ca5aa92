/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "luma.h"

/* 5 and 6 bits become 8 by repeating the top bits below, so the largest value becomes 255. */
void cbcnn_luma_rgb565_u8(const uint16_t *rgb, uint8_t *grey, int32_t pixels)
{
    for (int32_t i = 0; i < pixels; i++) {
        const uint32_t red = (uint32_t)rgb[i] >> 11;
        const uint32_t green = ((uint32_t)rgb[i] >> 5) & 63;
        const uint32_t blue = (uint32_t)rgb[i] & 31;
        const uint32_t wide_red = red << 3 | red >> 2;
        const uint32_t wide_green = green << 2 | green >> 4;
        const uint32_t wide_blue = blue << 3 | blue >> 2;
        grey[i] = cbcnn_luma(wide_red, wide_green, wide_blue);
    }
}
