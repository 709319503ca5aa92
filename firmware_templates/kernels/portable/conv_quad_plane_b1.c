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
#define CBCNN_FIRES 0x80008000

/* Sums of the first two and of the other two pixels. */
typedef struct {
    uint32_t first;
    uint32_t second;
} cbcnn_quad_t;

/* Where the windows of four pixels start. */
typedef struct {
    int32_t tops[CBCNN_QUAD];
    int32_t lefts[CBCNN_QUAD];
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

/* What one tap of four windows adds to their accumulators. */
static cbcnn_quad_t cbcnn_read_quad(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_corners_t *corners,
    int32_t tap,
    const cbcnn_pixel_t *input)
{
    const int32_t channels = layer->conv.input.channels;
    const int32_t place = tap / channels;
    const int32_t down = place / layer->conv.window.width;
    const int32_t right = place % layer->conv.window.width;
    uint32_t x[CBCNN_QUAD];
    cbcnn_quad_t quad;
    for (int32_t i = 0; i < CBCNN_QUAD; i++) {
        const int32_t row = corners->tops[i] + down;
        const int32_t column = corners->lefts[i] + right;
        x[i] = cbcnn_read_input(layer, row, column, tap % channels, input);
    }
    quad.first = x[0] + (x[1] << 16);
    quad.second = x[2] + (x[3] << 16);
    return quad;
}

/* All sums of all groups: each tap doubles the number of sums made. */
static void cbcnn_make_quads(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_corners_t *corners,
    const cbcnn_pixel_t *input,
    cbcnn_quad_t *sums)
{
    const cbcnn_window_t *window = &layer->conv.window;
    const int32_t taps = window->height * window->width * layer->conv.input.channels;
    const int32_t last = layer->groups * layer->group_taps;
    int32_t made = 1;
    cbcnn_quad_t x;
    memset(sums, 0, sizeof *sums);
    for (int32_t tap = 0; tap < last; tap++) {
        memset(&x, 0, sizeof x);
        if (tap < taps) {
            x = cbcnn_read_quad(layer, corners, tap, input);
        }
        for (int32_t i = 0; i < made; i++) {
            sums[made + i].first = sums[i].first + x.first;
            sums[made + i].second = sums[i].second + x.second;
            sums[i].first -= x.first;
            sums[i].second -= x.second;
        }
        made *= 2;
        if (made >> layer->group_taps != 0 && tap + 1 < last) {
            sums += made;
            made = 1;
            memset(sums, 0, sizeof *sums);
        }
    }
}

/* Sets the bits of a pooled pixel whose channels fire in one of four pixels. */
static void cbcnn_fire_quads(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_quad_t *sums,
    cbcnn_word_t *pixel)
{
    const int32_t step = (int32_t)1 << layer->group_taps;
    const uint32_t *start = layer->starts;
    const uint8_t *weights = layer->weights;
    int32_t left = layer->conv.output.channels;
    while (left > 0) {
        cbcnn_word_t fired = 0;
        cbcnn_word_t bit = 1;
        while (bit != 0 && left > 0) {
            const cbcnn_quad_t *group = sums;
            uint32_t first = *start;
            uint32_t second = *start++;
            for (int32_t i = layer->groups; i > 0; i -= 2) {
                const cbcnn_quad_t *a = group + weights[0];
                const cbcnn_quad_t *b = group + step + weights[1];
                first += a->first + b->first;
                second += a->second + b->second;
                group += 2 * step;
                weights += 2;
            }
            if (((first | second) & CBCNN_FIRES) != 0) {
                fired |= bit;
            }
            bit <<= 1;
            left--;
        }
        *pixel++ |= fired;
    }
}

/* The next four pixels of the walk that belong to one pooled pixel; too few are repeated. */
static int cbcnn_next_quad(
    const cbcnn_conv_t *conv,
    cbcnn_walk_t *walk,
    cbcnn_corners_t *corners,
    int32_t *output)
{
    const cbcnn_window_t *window = &conv->window;
    cbcnn_lane_t lane = {0, 0, 0};
    int32_t count = 0;
    do {
        if (!cbcnn_next_lane(conv, walk, &lane)) {
            return 0;
        }
        corners->tops[count] = lane.row * window->stride_height - window->top;
        corners->lefts[count] = lane.column * window->stride_width - window->left;
        count++;
    } while (count < CBCNN_QUAD && !cbcnn_starts_area(walk));
    for (int32_t i = count; i < CBCNN_QUAD; i++) {
        corners->tops[i] = corners->tops[0];
        corners->lefts[i] = corners->lefts[0];
    }
    *output = lane.output;
    return 1;
}

void cbcnn_conv_quad_plane_b1(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    uint32_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixels = conv->output.height * conv->output.width;
    const int32_t pixel_words = cbcnn_words_for(conv->output.channels);
    cbcnn_quad_t *const sums = (cbcnn_quad_t *)(void *)scratch;
    cbcnn_walk_t walk;
    cbcnn_corners_t corners;
    int32_t pixel;
    memset(output, 0, (size_t)(pixels * pixel_words) * sizeof *output);
    cbcnn_start_walk(conv, &walk);
    while (cbcnn_next_quad(conv, &walk, &corners, &pixel)) {
        cbcnn_make_quads(layer, &corners, input, sums);
        cbcnn_fire_quads(layer, sums, output + pixel);
    }
    cbcnn_complement_map(conv, layer->complement, output);
}
