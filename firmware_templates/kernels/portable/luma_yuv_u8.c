/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "yuv.h"

void cbcnn_luma_yuv_u8(
    const cbcnn_yuv_t *layout,
    const uint8_t *luma,
    int32_t first,
    uint8_t *grey,
    int32_t pixels)
{
    for (int32_t i = 0; i < pixels; i++) {
        grey[i] = cbcnn_yuv_byte(cbcnn_yuv_luma(layout, luma, first + i));
    }
}
