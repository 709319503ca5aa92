/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_YUV_H
#define CBCNN_YUV_H

#include <stdint.h>

/*
 * Where Y, U and V lie in their lines, and what they add to a colour in units of 2^-16. U and V of
 * two neighbours are one. Y counts from `black` on, U and V from 128.
 */
typedef struct {
    int32_t luma_step;
    int32_t luma_first;
    int32_t chroma_step;
    int32_t u_first;
    int32_t v_first;
    int32_t black;
    int32_t luma;
    int32_t red_v;
    int32_t green_u;
    int32_t green_v;
    int32_t blue_u;
} cbcnn_yuv_t;

/* Units of 2^-16, above -2^26 and below 2^26, rounded half up and clipped to a byte. */
static inline uint8_t cbcnn_yuv_byte(int32_t value)
{
    /* Of a number that is not negative, a shift is the same everywhere. */
    const uint32_t above = (uint32_t)(value + ((int32_t)1 << 26) + ((int32_t)1 << 15));
    const int32_t rounded = (int32_t)(above >> 16) - 1024;
    return (uint8_t)(rounded < 0 ? 0 : rounded > 255 ? 255 : rounded);
}

/* Y of a pixel in units of 2^-16. */
static inline int32_t cbcnn_yuv_luma(const cbcnn_yuv_t *layout, const uint8_t *luma, int32_t pixel)
{
    const int32_t y = luma[pixel * layout->luma_step + layout->luma_first];
    return layout->luma * (y - layout->black);
}

#endif
