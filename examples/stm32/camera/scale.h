/* SPDX-License-Identifier: 0BSD */
/*
 * A window of an RGB565 picture, made smaller.
 */
#ifndef SCALE_H
#define SCALE_H

#include <stdint.h>

struct picture {
    const uint16_t *pixels; /* rows without gaps: 5 bits red, highest, 6 green, 5 blue */
    uint32_t width;
    uint32_t height;
};

struct window {
    uint32_t left;
    uint32_t top;
    uint32_t width;
    uint32_t height;
};

/* The largest window of the shape width x height that lies in the middle of a picture. */
struct window scale_centre(const struct picture *picture, uint32_t width, uint32_t height);

/*
 * Row `row` of the window when it is scaled to `width` x `height` pixels, which is not more than it
 * has. Each pixel is the mean of the pixels that it stands for, channel by channel, rounded down.
 */
void scale_row(
    const struct picture *picture,
    const struct window *window,
    uint32_t row,
    uint32_t width,
    uint32_t height,
    uint16_t *scaled);

#endif
