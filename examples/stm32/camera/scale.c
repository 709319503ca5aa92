/* SPDX-License-Identifier: 0BSD */
#include "scale.h"

struct window scale_centre(const struct picture *picture, uint32_t width, uint32_t height)
{
    struct window window = {0, 0, picture->width, picture->height};

    if (picture->width * height > picture->height * width) {
        window.width = picture->height * width / height;
    } else {
        window.height = picture->width * height / width;
    }
    window.left = (picture->width - window.width) / 2U;
    window.top = (picture->height - window.height) / 2U;
    return window;
}

/* The mean over columns left..right - 1 and rows top..bottom - 1; there is at least one pixel. */
static uint16_t mean(
    const struct picture *picture,
    uint32_t left,
    uint32_t right,
    uint32_t top,
    uint32_t bottom)
{
    const uint32_t count = (right - left) * (bottom - top);
    uint32_t red = 0;
    uint32_t green = 0;
    uint32_t blue = 0;
    uint32_t y;
    uint32_t x;

    for (y = top; y < bottom; y++) {
        for (x = left; x < right; x++) {
            const uint32_t pixel = picture->pixels[y * picture->width + x];

            red += pixel >> 11;
            green += pixel >> 5 & 63U;
            blue += pixel & 31U;
        }
    }
    return (uint16_t)((red / count) << 11 | (green / count) << 5 | blue / count);
}

void scale_row(
    const struct picture *picture,
    const struct window *window,
    uint32_t row,
    uint32_t width,
    uint32_t height,
    uint16_t *scaled)
{
    const uint32_t top = window->top + row * window->height / height;
    const uint32_t bottom = window->top + (row + 1U) * window->height / height;
    uint32_t x;

    for (x = 0; x < width; x++) {
        const uint32_t left = window->left + x * window->width / width;
        const uint32_t right = window->left + (x + 1U) * window->width / width;

        scaled[x] = mean(picture, left, right, top, bottom);
    }
}
