/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "yuv.h"

void cbcnn_rgb_yuv_u8(
    const cbcnn_yuv_t *layout,
    const uint8_t *luma,
    const uint8_t *chroma,
    int32_t first,
    uint8_t *rgb,
    int32_t pixels)
{
    for (int32_t i = first; i < first + pixels; i++) {
        const uint8_t *pair = chroma + i / 2 * layout->chroma_step;
        const int32_t y = cbcnn_yuv_luma(layout, luma, i);
        const int32_t u = (int32_t)pair[layout->u_first] - 128;
        const int32_t v = (int32_t)pair[layout->v_first] - 128;
        rgb[0] = cbcnn_yuv_byte(y + layout->red_v * v);
        rgb[1] = cbcnn_yuv_byte(y + layout->green_u * u + layout->green_v * v);
        rgb[2] = cbcnn_yuv_byte(y + layout->blue_u * u);
        rgb += 3;
    }
}
