/* SPDX-License-Identifier: 0BSD */
#include "conv_quad.h"
#include "kernels.h"
#include "lanes.h"
#include "pixel.h"
#include "words.h"
#include <stddef.h>
#include <string.h>

/*
 * Four pixels of the convolution at once, those that a pooled pixel is made of: two words hold an
 * accumulator of 16 bits in each half. Weights of -1 and +1 turn a group of taps into one of at most
 * 32 sums. The sums are made once for each four pixels and shared by all filters, so a group costs a
 * look-up and two additions, and no weight is multiplied with anything.
 *
 * Halves add up like numbers of their own if only the end result fits: a + 2^16 b is a sum of 32
 * bits like any other, and with 2^15 - threshold added to both halves each is in 0 to 2^16 - 1, with
 * bit 15 set exactly where the accumulator reaches the threshold.
 */
#define CBCNN_QUAD 4
#define CBCNN_MOST_GROUP_TAPS 5

/* Sums of the first two and of the other two pixels. */
typedef struct {
    uint32_t first;
    uint32_t second;
} cbcnn_quad_t;

/* Where the windows of up to four pixels start, and whether all of them lie inside the map. */
typedef struct {
    int32_t tops[CBCNN_QUAD];
    int32_t lefts[CBCNN_QUAD];
    const cbcnn_pixel_t *inputs[CBCNN_QUAD];
    int32_t count;
    int inside;
} cbcnn_corners_t;

/* The integer under one tap of one window; it may lie outside the map. */
static inline uint32_t cbcnn_read_input(
    const cbcnn_conv_quad_t *layer,
    int32_t row,
    int32_t column,
    int32_t channel,
    const cbcnn_pixel_t *input)
{
    const cbcnn_map_t *map = &layer->conv.input;
    const int32_t at = (row * map->width + column) * map->channels + channel;
    if (row < 0 || row >= map->height || column < 0 || column >= map->width) {
        return (uint32_t)layer->pad;
    }
    return (uint32_t)cbcnn_pixel_value(input[at], layer->shift, layer->offset);
}

/* The taps of a window in the order of the weights. */
typedef struct {
    int32_t row;
    int32_t column;
    int32_t channel;
} cbcnn_tap_t;

/* What one tap of four windows adds to their accumulators; `tap` becomes the next one. */
static cbcnn_quad_t cbcnn_read_quad(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_corners_t *corners,
    cbcnn_tap_t *tap,
    const cbcnn_pixel_t *input)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t place = tap->row * conv->input.width + tap->column;
    const int32_t offset = place * conv->input.channels + tap->channel;
    uint32_t x[CBCNN_QUAD] = {0, 0, 0, 0};
    cbcnn_quad_t quad;
    if (tap->row == conv->window.height) {
        quad.first = 0;
        quad.second = 0;
        return quad;
    }
    if (corners->inside) {
        for (int32_t i = 0; i < CBCNN_QUAD; i++) {
            const cbcnn_pixel_t pixel = corners->inputs[i][offset];
            x[i] = (uint32_t)cbcnn_pixel_value(pixel, layer->shift, layer->offset);
        }
    } else {
        for (int32_t i = 0; i < CBCNN_QUAD; i++) {
            const int32_t row = corners->tops[i] + tap->row;
            const int32_t column = corners->lefts[i] + tap->column;
            x[i] = cbcnn_read_input(layer, row, column, tap->channel, input);
        }
    }
    quad.first = x[0] + (x[1] << 16);
    quad.second = x[2] + (x[3] << 16);
    tap->channel++;
    if (tap->channel == conv->input.channels) {
        tap->channel = 0;
        tap->column++;
    }
    if (tap->column == conv->window.width) {
        tap->column = 0;
        tap->row++;
    }
    return quad;
}

/* All sums of a group: that of weights of -1, then each tap doubles the number of sums made. */
static void cbcnn_make_quads(const cbcnn_quad_t *taps, int32_t count, cbcnn_quad_t *sums)
{
    int32_t made = 1;
    sums->first = 0;
    sums->second = 0;
    for (int32_t i = 0; i < count; i++) {
        sums->first -= taps[i].first;
        sums->second -= taps[i].second;
    }
    for (int32_t i = 0; i < count; i++) {
        const uint32_t first = taps[i].first << 1;
        const uint32_t second = taps[i].second << 1;
        cbcnn_quad_t *to = sums + made;
        for (const cbcnn_quad_t *from = sums; from < sums + made; from++) {
            to->first = from->first + first;
            to->second = from->second + second;
            to++;
        }
        made *= 2;
    }
}

/* The sums of all groups of taps, for one four of pixels. */
static void cbcnn_gather_quads(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_corners_t *corners,
    const cbcnn_pixel_t *input,
    cbcnn_quad_t *sums)
{
    cbcnn_quad_t taps[CBCNN_MOST_GROUP_TAPS];
    cbcnn_tap_t tap = {0, 0, 0};
    for (int32_t group = 0; group < layer->groups; group++) {
        for (int32_t i = 0; i < layer->group_taps; i++) {
            taps[i] = cbcnn_read_quad(layer, corners, &tap, input);
        }
        cbcnn_make_quads(taps, layer->group_taps, sums);
        sums += (size_t)1 << layer->group_taps;
    }
}

/* Whether one of four pixels fires for a filter. */
static inline uint32_t cbcnn_fires_quad(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_quad_t *sums,
    const uint8_t *weights,
    uint32_t start)
{
    const size_t step = (size_t)1 << layer->group_taps;
    uint32_t first = start;
    uint32_t second = start;
    uint32_t reached;
    for (int32_t i = layer->groups; i > 0; i -= 2) {
        const cbcnn_quad_t *a = sums + *weights++;
        const cbcnn_quad_t *b = sums + step + *weights++;
        first += a->first + b->first;
        second += a->second + b->second;
        sums += 2 * step;
    }
    reached = first | second;
    return (reached | reached << 16) >> 31;
}

/* Sets the bits of a pooled pixel whose channels fire in one of four pixels. */
static void cbcnn_fire_quads(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_quad_t *sums,
    cbcnn_word_t *pixel)
{
    const uint8_t *weights = layer->weights;
    const uint32_t *start = layer->starts;
    int32_t left = layer->conv.output.channels;
    while (left > 0) {
        const int32_t count = left < CBCNN_WORD_BITS ? left : CBCNN_WORD_BITS;
        const uint32_t *const end = start + count;
        cbcnn_word_t fired = 0;
        while (start < end) {
            const uint32_t fires = cbcnn_fires_quad(layer, sums, weights, *start++);
            fired = (fired >> 1) | ((cbcnn_word_t)fires << (CBCNN_WORD_BITS - 1));
            weights += layer->groups;
        }
        *pixel++ |= fired >> (CBCNN_WORD_BITS - count);
        left -= count;
    }
}

static inline void cbcnn_set_corner(
    const cbcnn_conv_t *conv,
    const cbcnn_lane_t *lane,
    const cbcnn_pixel_t *input,
    cbcnn_corners_t *corners)
{
    const cbcnn_map_t *map = &conv->input;
    const cbcnn_window_t *window = &conv->window;
    const int32_t top = lane->row * window->stride_height - window->top;
    const int32_t left = lane->column * window->stride_width - window->left;
    const int32_t index = corners->count++;
    corners->tops[index] = top;
    corners->lefts[index] = left;
    corners->inputs[index] = input;
    if (top < 0 || left < 0 || top + window->height > map->height ||
        left + window->width > map->width) {
        corners->inside = 0;
    } else {
        corners->inputs[index] += (top * map->width + left) * map->channels;
    }
}

/* The sums of the four pixels in `corners`, and the channels that fire in one of them. */
static void cbcnn_run_quad(
    const cbcnn_conv_quad_t *layer,
    cbcnn_corners_t *corners,
    const cbcnn_pixel_t *input,
    cbcnn_quad_t *sums,
    cbcnn_word_t *pixel)
{
    cbcnn_gather_quads(layer, corners, input, sums);
    cbcnn_fire_quads(layer, sums, pixel);
    corners->count = 0;
    corners->inside = 1;
}

void cbcnn_conv_quad_plane_b1(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    uint32_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    const int32_t pixels = conv->output.height * conv->output.width;
    cbcnn_quad_t *const sums = (cbcnn_quad_t *)(void *)scratch;
    cbcnn_corners_t corners;
    cbcnn_walk_t walk;
    cbcnn_lane_t lane = {0, 0, 0};
    corners.count = 0;
    corners.inside = 1;
    cbcnn_start_walk(conv, &walk);
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        memset(output, 0, (size_t)pixel_words * sizeof *output);
        do {
            (void)cbcnn_next_lane(conv, &walk, &lane);
            cbcnn_set_corner(conv, &lane, input, &corners);
            if (corners.count == CBCNN_QUAD) {
                cbcnn_run_quad(layer, &corners, input, sums, output);
            }
        } while (!cbcnn_starts_area(&walk));
        if (corners.count > 0) {
            while (corners.count < CBCNN_QUAD) {
                cbcnn_set_corner(conv, &lane, input, &corners);
            }
            cbcnn_run_quad(layer, &corners, input, sums, output);
        }
        for (int32_t word = 0; word < pixel_words; word++) {
            *output++ ^= layer->complement[word];
        }
    }
}
