/* SPDX-License-Identifier: 0BSD */
#include "kernels.h"
#include "luma.h"
#include "scaling.h"

/* A place in a line: a pixel, and how much of it is left, at least 1. */
typedef struct {
    const uint8_t *pixel;
    uint32_t left;
} cbcnn_line_place_t;

/*
 * The next output of an axis that shrinks: each channel, times the axis's `sum`. It covers what is
 * left of a pixel, some whole ones, and perhaps the beginning of one more.
 */
static void cbcnn_cover_pixels(
    const cbcnn_scaled_axis_t *axis,
    uint32_t channels,
    cbcnn_line_place_t *place,
    uint32_t *values)
{
    const uint32_t head = place->left;
    const uint32_t fewer = head > axis->from - axis->whole * axis->to ? 1 : 0;
    const uint32_t pixels = axis->whole - fewer;
    const uint32_t tail = axis->from - head - pixels * axis->to;
    const uint8_t *first = place->pixel;
    const uint8_t *last = first + (pixels + 1) * channels;

    for (uint32_t channel = 0; channel < channels; channel++) {
        uint32_t whole = 0;
        for (const uint8_t *pixel = first + channels; pixel != last; pixel += channels) {
            whole += pixel[channel];
        }
        values[channel] = head * first[channel] + axis->to * whole;
        if (tail > 0) {
            values[channel] += tail * last[channel];
        }
    }
    place->pixel = last;
    place->left = axis->to - tail;
}

/* Output i of an axis that grows: each channel, times the axis's `sum`. */
static void cbcnn_interpolate_pixels(
    const cbcnn_scaled_axis_t *axis,
    uint32_t channels,
    const uint8_t *pixels,
    uint32_t i,
    uint32_t *values)
{
    const uint32_t middle = cbcnn_axis_middle(axis, i);
    const uint32_t left = middle / axis->sum;
    const uint32_t part = middle - left * axis->sum;

    pixels += left * channels;
    for (uint32_t channel = 0; channel < channels; channel++) {
        values[channel] = (axis->sum - part) * pixels[channel];
        if (part > 0) {
            values[channel] += part * pixels[channels + channel];
        }
    }
}

/* Sums below 2^32 divided by all weights, rounded half up, as a pixel of the image. */
static void cbcnn_store_pixel(const cbcnn_scaling_t *scaling, const uint32_t *sums, uint8_t *pixel)
{
    const uint32_t weights = scaling->across.sum * scaling->down.sum;
    uint8_t levels[3];

    for (uint32_t channel = 0; channel < 3; channel++) {
        const uint32_t sum = sums[channel < scaling->channels ? channel : 0];
        levels[channel] = (uint8_t)((sum + weights / 2) / weights);
    }
    if (scaling->store == CBCNN_STORE_LUMA) {
        pixel[0] = cbcnn_luma(levels[0], levels[1], levels[2]);
        return;
    }
    pixel[0] = levels[0];
    if (scaling->channels == 3 || scaling->store == CBCNN_STORE_THRICE) {
        pixel[1] = levels[1];
        pixel[2] = levels[2];
    }
}

/* How a line takes part in rows of the image, of an axis that shrinks. */
typedef struct {
    uint32_t row;
    uint32_t now;
    uint32_t later;
    uint32_t begins;
    uint32_t ends;
} cbcnn_line_share_t;

static cbcnn_line_share_t cbcnn_share_line(const cbcnn_scaled_axis_t *down, uint32_t line)
{
    cbcnn_line_share_t share;
    const uint32_t from = line * down->to;
    uint32_t room;

    share.row = from / down->from;
    room = (share.row + 1) * down->from - from;
    share.begins = room == down->from ? 1 : 0;
    share.ends = room <= down->to ? 1 : 0;
    share.now = room < down->to ? room : down->to;
    share.later = down->to - share.now;
    return share;
}

/* Adds a line's values of a column; stores the pixel that this completes. */
static void cbcnn_add_to_column(
    const cbcnn_scaling_t *scaling,
    const cbcnn_line_share_t *share,
    const uint32_t *values,
    uint32_t *sums,
    uint8_t *column)
{
    for (uint32_t channel = 0; channel < scaling->channels; channel++) {
        const uint32_t before = share->begins ? 0 : sums[channel];
        sums[channel] = before + share->now * values[channel];
    }
    if (share->ends) {
        cbcnn_store_pixel(scaling, sums, column + share->row * scaling->row_bytes);
        for (uint32_t channel = 0; channel < scaling->channels; channel++) {
            sums[channel] = share->later * values[channel];
        }
    }
}

/* Stores the pixels of a column between the line before, in `sums`, and this one, and keeps this. */
static void cbcnn_grow_column(
    const cbcnn_scaling_t *scaling,
    uint32_t line,
    const uint32_t *values,
    uint32_t *sums,
    uint8_t *column)
{
    const cbcnn_scaled_axis_t *down = &scaling->down;
    const uint32_t end = cbcnn_axis_end(down, line);
    uint32_t row = line == 0 ? 0 : cbcnn_axis_end(down, line - 1);

    for (; row < end; row++) {
        const uint32_t part = cbcnn_axis_middle(down, row) + down->sum - down->sum * line;
        uint32_t between[3] = {0, 0, 0};
        for (uint32_t channel = 0; channel < scaling->channels; channel++) {
            between[channel] = part * values[channel];
            if (part < down->sum) {
                between[channel] += (down->sum - part) * sums[channel];
            }
        }
        cbcnn_store_pixel(scaling, between, column + row * scaling->row_bytes);
    }
    for (uint32_t channel = 0; channel < scaling->channels; channel++) {
        sums[channel] = values[channel];
    }
}

/* Weighted sums of a frame of 2^24 pixels are at most 255 * 2^24; half of the weights fits besides. */
void cbcnn_scale_line_u8(
    const cbcnn_scaling_t *scaling,
    const uint8_t *pixels,
    uint32_t line,
    uint32_t *sums,
    uint8_t *image)
{
    const cbcnn_scaled_axis_t *across = &scaling->across;
    const cbcnn_scaled_axis_t *down = &scaling->down;
    const uint32_t channels = scaling->channels;
    const uint32_t stored = channels == 3 && scaling->store == CBCNN_STORE_LUMA ? 1 : channels;
    const uint32_t pixel_bytes = scaling->store == CBCNN_STORE_THRICE ? 3 : stored;
    const cbcnn_line_share_t share = cbcnn_share_line(down, line);
    cbcnn_line_place_t place = {pixels, across->to};

    for (uint32_t i = 0; i < across->after; i++) {
        uint32_t values[3];

        if (across->after > across->before) {
            cbcnn_interpolate_pixels(across, channels, pixels, i, values);
        } else {
            cbcnn_cover_pixels(across, channels, &place, values);
        }
        if (down->after > down->before) {
            cbcnn_grow_column(scaling, line, values, sums, image);
        } else {
            cbcnn_add_to_column(scaling, &share, values, sums, image);
        }
        sums += channels;
        image += pixel_bytes;
    }
}
