/* SPDX-License-Identifier: 0BSD */
#include "conv_quad.h"
#include "kernels.h"
#include "pixel.h"
#include "words.h"
#include <stddef.h>
#include <string.h>

/*
 * As in the portable file, on 16 pooled pixels at once: they are the lanes of a vector of 256 bits,
 * and the four pixels of the convolution that belong to a pooled one are the same lane of four
 * vectors. With 2^15 - threshold added, bit 15 says whether an accumulator reaches the threshold.
 * Collected for 16 channels, these bits make every lane a piece of an output word.
 *
 * The 16 pixels are written when all input has been read that they need. No byte is then written
 * earlier than by a kernel that works pixel by pixel.
 */
#define CBCNN_QUAD 4
#define CBCNN_SUM_BITS 16
#define CBCNN_SUM_LANES 16
#define CBCNN_WORD_PIECES (CBCNN_WORD_BITS / 16)

/* A vector needs no more alignment than the scratch memory has. */
#define CBCNN_SUMS __attribute__((vector_size(32), aligned(4), may_alias))
typedef uint16_t cbcnn_sums_t CBCNN_SUMS;

typedef struct {
    cbcnn_sums_t pixels[CBCNN_QUAD];
} cbcnn_quads_t;

/* The scratch memory: all taps, the sums of all groups, and 16 channels in each piece. */
typedef struct {
    cbcnn_quads_t *taps;
    cbcnn_quads_t *sums;
    cbcnn_sums_t *pieces;
    int32_t tap_count;
    int32_t piece_count;
} cbcnn_memory_t;

/* The pixels of the convolution that a pooled pixel is made of, and the next one of them. */
typedef struct {
    cbcnn_area_t area;
    int32_t row;
    int32_t column;
} cbcnn_place_t;

/* The integer under one tap of a window; it may lie outside the map. */
static inline int32_t cbcnn_read_input(
    const cbcnn_conv_quad_t *layer,
    int32_t row,
    int32_t column,
    int32_t channel,
    const cbcnn_pixel_t *input)
{
    const cbcnn_map_t *map = &layer->conv.input;
    const int32_t at = (row * map->width + column) * map->channels + channel;
    if (row < 0 || row >= map->height || column < 0 || column >= map->width) {
        return layer->pad;
    }
    return cbcnn_pixel_value(input[at], layer->shift, layer->offset);
}

/* The taps of one window in the order of the weights; `lane` is its lane of the first one. */
static inline void cbcnn_gather_window(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_place_t *place,
    const cbcnn_pixel_t *input,
    uint16_t *lane)
{
    const cbcnn_map_t *map = &layer->conv.input;
    const cbcnn_window_t *window = &layer->conv.window;
    const int32_t top = place->row * window->stride_height - window->top;
    const int32_t left = place->column * window->stride_width - window->left;
    const int32_t below = top + window->height;
    const int32_t right = left + window->width;
    const int inside = top >= 0 && left >= 0 && below <= map->height && right <= map->width;
    for (int32_t row = top; row < below; row++) {
        for (int32_t column = left; column < right; column++) {
            const cbcnn_pixel_t *pixel = input;
            if (inside) {
                pixel += (row * map->width + column) * map->channels;
            }
            for (int32_t channel = 0; channel < map->channels; channel++) {
                int32_t x;
                if (inside) {
                    x = cbcnn_pixel_value(*pixel++, layer->shift, layer->offset);
                } else {
                    x = cbcnn_read_input(layer, row, column, channel, input);
                }
                *lane = (uint16_t)x;
                lane += CBCNN_QUAD * CBCNN_SUM_LANES;
            }
        }
    }
}

/* The taps of the next four pixels of each place; its last one is repeated where there are fewer. */
static void cbcnn_gather_taps(
    const cbcnn_conv_quad_t *layer,
    cbcnn_place_t *places,
    const cbcnn_pixel_t *input,
    cbcnn_quads_t *taps)
{
    for (int32_t lane = 0; lane < CBCNN_SUM_LANES; lane++) {
        uint16_t *first = (uint16_t *)(void *)taps + lane;
        cbcnn_place_t place = places[lane];
        for (int32_t i = 0; i < CBCNN_QUAD; i++) {
            cbcnn_gather_window(layer, &place, input, first);
            first += CBCNN_SUM_LANES;
            if (place.column + 1 < place.area.columns.end) {
                place.column++;
            } else if (place.row + 1 < place.area.rows.end) {
                place.row++;
                place.column = place.area.columns.first;
            }
        }
        places[lane] = place;
    }
}

/* All sums of a group: that of weights of -1, then each tap doubles the number of sums made. */
static inline void cbcnn_make_quads(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_quads_t *taps,
    cbcnn_quads_t *sums)
{
    const int32_t count = layer->group_taps;
    int32_t made = 1;
    for (int32_t pixel = 0; pixel < CBCNN_QUAD; pixel++) {
        cbcnn_sums_t sum = {0};
        for (int32_t i = 0; i < count; i++) {
            sum -= taps[i].pixels[pixel];
        }
        sums->pixels[pixel] = sum;
    }
    for (int32_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < made; j++) {
            for (int32_t pixel = 0; pixel < CBCNN_QUAD; pixel++) {
                const cbcnn_sums_t tap = taps[i].pixels[pixel];
                sums[made + j].pixels[pixel] = sums[j].pixels[pixel] + tap + tap;
            }
        }
        made *= 2;
    }
}

/* Shifts `fired` by one and puts in bit 15 of every lane whether one of its four pixels fires. */
static inline void cbcnn_fire_quads(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_quads_t *sums,
    const uint8_t *weights,
    uint32_t start,
    cbcnn_sums_t *fired)
{
    const size_t step = (size_t)1 << layer->group_taps;
    const cbcnn_sums_t none = {0};
    cbcnn_sums_t first = none + (uint16_t)start;
    cbcnn_sums_t second = first;
    cbcnn_sums_t third = first;
    cbcnn_sums_t fourth = first;
    for (int32_t i = layer->groups; i > 0; i -= 2) {
        const cbcnn_quads_t *a = sums + *weights++;
        const cbcnn_quads_t *b = sums + step + *weights++;
        first += a->pixels[0] + b->pixels[0];
        second += a->pixels[1] + b->pixels[1];
        third += a->pixels[2] + b->pixels[2];
        fourth += a->pixels[3] + b->pixels[3];
        sums += 2 * step;
    }
    first |= second | third | fourth;
    *fired = (*fired >> 1) | (first & 0x8000);
}

/* Adds to the pieces which channels fire in one of the four pixels of each lane. */
static void cbcnn_fire_pieces(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_quads_t *sums,
    cbcnn_sums_t *pieces)
{
    const uint8_t *weights = layer->weights;
    const uint32_t *start = layer->starts;
    int32_t left = layer->conv.output.channels;
    while (left > 0) {
        const int32_t most = CBCNN_SUM_BITS;
        const int32_t count = left < most ? left : most;
        const uint32_t *const end = start + count;
        cbcnn_sums_t fired = {0};
        while (start < end) {
            cbcnn_fire_quads(layer, sums, weights, *start++, &fired);
            weights += layer->groups;
        }
        *pieces++ |= fired >> (CBCNN_SUM_BITS - count);
        left -= count;
    }
}

/* Writes `count` pooled pixels, one in each lane of the pieces. */
static void cbcnn_put_pixels(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_memory_t *memory,
    int32_t count,
    cbcnn_word_t *output)
{
    const int32_t pixel_words = cbcnn_words_for(layer->conv.output.channels);
    for (int32_t lane = 0; lane < count; lane++) {
        const uint16_t *piece = (const uint16_t *)(const void *)memory->pieces + lane;
        for (int32_t word = 0; word < pixel_words; word++) {
            cbcnn_word_t signs = layer->complement[word];
            for (int32_t i = 0; i < CBCNN_WORD_PIECES; i++) {
                const cbcnn_word_t bits = *piece;
                signs ^= bits << (CBCNN_SUM_BITS * i);
                piece += CBCNN_SUM_LANES;
            }
            *output++ = signs;
        }
    }
}

/* Up to 16 pooled pixels from `first_pixel` on; lanes without one repeat the last. */
static int32_t cbcnn_enter_places(
    const cbcnn_conv_quad_t *layer,
    int32_t first_pixel,
    cbcnn_place_t *places)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const cbcnn_map_t *map = &conv->output;
    int32_t row = first_pixel / map->width;
    int32_t column = first_pixel % map->width;
    int32_t count = 0;
    for (int32_t lane = 0; lane < CBCNN_SUM_LANES; lane++) {
        cbcnn_place_t place;
        if (row == map->height) {
            places[lane] = places[lane - 1];
            continue;
        }
        place.area = cbcnn_pooled_area(conv, row, column);
        place.row = place.area.rows.first;
        place.column = place.area.columns.first;
        places[lane] = place;
        count++;
        column++;
        if (column == map->width) {
            column = 0;
            row++;
        }
    }
    return count;
}

static inline void cbcnn_cut_scratch(
    const cbcnn_conv_quad_t *layer,
    uint32_t *scratch,
    cbcnn_memory_t *memory)
{
    const int32_t pixel_words = cbcnn_words_for(layer->conv.output.channels);
    const int32_t sums = layer->groups << layer->group_taps;
    memory->tap_count = layer->groups * layer->group_taps;
    memory->piece_count = pixel_words * CBCNN_WORD_PIECES;
    memory->taps = (cbcnn_quads_t *)(void *)scratch;
    memory->sums = memory->taps + memory->tap_count;
    memory->pieces = (cbcnn_sums_t *)(void *)(memory->sums + sums);
}

void cbcnn_conv_quad_plane_b1(
    const cbcnn_conv_quad_t *layer,
    const cbcnn_pixel_t *input,
    cbcnn_word_t *output,
    uint32_t *scratch)
{
    const cbcnn_conv_t *conv = &layer->conv;
    const int32_t pixels = conv->output.height * conv->output.width;
    const int32_t area = conv->pool.height * conv->pool.width;
    cbcnn_memory_t memory;
    cbcnn_place_t places[CBCNN_SUM_LANES];
    cbcnn_cut_scratch(layer, scratch, &memory);
    memset(memory.taps, 0, (size_t)memory.tap_count * sizeof *memory.taps);
    for (int32_t pixel = 0; pixel < pixels; pixel += CBCNN_SUM_LANES) {
        const int32_t count = cbcnn_enter_places(layer, pixel, places);
        memset(memory.pieces, 0, (size_t)memory.piece_count * sizeof *memory.pieces);
        for (int32_t done = 0; done < area; done += CBCNN_QUAD) {
            cbcnn_gather_taps(layer, places, input, memory.taps);
            for (int32_t group = 0; group < layer->groups; group++) {
                const int32_t tap = group * layer->group_taps;
                const int32_t sum = group << layer->group_taps;
                cbcnn_make_quads(layer, memory.taps + tap, memory.sums + sum);
            }
            cbcnn_fire_pieces(layer, memory.sums, memory.pieces);
        }
        cbcnn_put_pixels(layer, &memory, count, output);
        output += count * cbcnn_words_for(conv->output.channels);
    }
}
