/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_STARTS_H
#define CBCNN_BUCKET_STARTS_H

#include "bucket_number.h"
#include "conv_bucket.h"
#include "lanes_type.h"
#include <string.h>

/*
 * The classes of border that some words have pixels of, and the lanes of these pixels. `repeats`
 * says that they are those of the words before.
 */
typedef struct {
    int32_t repeats;
    int32_t count;
    int32_t indices[CBCNN_BORDER_CLASSES];
    cbcnn_lanes_t lanes[CBCNN_BORDER_CLASSES];
} cbcnn_classes_t;

/* Adds a lane to a class, unless it is class 0. */
static inline void cbcnn_add_class(cbcnn_classes_t *classes, int32_t index, int32_t lane)
{
    cbcnn_word_t *words;
    int32_t i = 0;
    if (index == 0) {
        return;
    }
    while (i < classes->count && classes->indices[i] != index) {
        i++;
    }
    if (i == classes->count) {
        classes->indices[i] = index;
        cbcnn_spread(0, classes->lanes + i);
        classes->count++;
    }
    words = (cbcnn_word_t *)(void *)(classes->lanes + i);
    words[lane / CBCNN_WORD_BITS] |= (cbcnn_word_t)1 << (lane % CBCNN_WORD_BITS);
}

/* The classes in the words from `first` on. */
static void cbcnn_find_classes(
    const cbcnn_conv_bucket_t *layer,
    int32_t first,
    cbcnn_classes_t *classes)
{
    const cbcnn_map_t *convolved = &layer->conv.convolved;
    memset(classes, 0, sizeof *classes);
    for (int32_t i = 0; i < CBCNN_LANE_WORDS; i++) {
        int32_t lane = i * CBCNN_WORD_BITS;
        int32_t row = first + i;
        for (int32_t segment = 0; segment < layer->segments; segment++) {
            for (int32_t x = 0; x < convolved->width && row < convolved->height; x++) {
                const int32_t index = layer->row_classes[row] + layer->column_classes[x];
                cbcnn_add_class(classes, index, lane + x);
            }
            lane += layer->conv.input.width;
            row += layer->rows;
        }
    }
}

/* The classes of all bundles of words. */
static void cbcnn_find_all_classes(const cbcnn_conv_bucket_t *layer, cbcnn_classes_t *classes)
{
    const int32_t bundles = layer->rows / CBCNN_LANE_WORDS;
    for (int32_t i = 0; i < bundles; i++) {
        cbcnn_find_classes(layer, i * CBCNN_LANE_WORDS, classes + i);
    }
    for (int32_t i = bundles - 1; i > 0; i--) {
        classes[i].repeats = memcmp(classes + i, classes + i - 1, sizeof *classes) == 0;
    }
}

/* Inverts a digit in some lanes, if the lowest bit of `change` is set. */
static inline void cbcnn_change_digit(
    cbcnn_lanes_t *digit,
    uint32_t change,
    const cbcnn_lanes_t *lanes)
{
    cbcnn_lanes_t bits;
    cbcnn_spread(change & 1, &bits);
    *digit ^= bits & *lanes;
}

/* Four digits of a start, from `first` on. */
static inline void cbcnn_start_digits(
    const cbcnn_threshold_t *starts,
    const cbcnn_classes_t *classes,
    int32_t first,
    cbcnn_lanes_t *digits)
{
    const uint32_t inner = (uint32_t)starts[0] >> first;
    cbcnn_lanes_t a;
    cbcnn_lanes_t b;
    cbcnn_lanes_t c;
    cbcnn_lanes_t d;
    cbcnn_spread(inner & 1, &a);
    cbcnn_spread((inner >> 1) & 1, &b);
    cbcnn_spread((inner >> 2) & 1, &c);
    cbcnn_spread((inner >> 3) & 1, &d);
    for (int32_t i = 0; i < classes->count; i++) {
        const uint32_t outer = (uint32_t)starts[classes->indices[i]] >> first;
        const uint32_t change = inner ^ outer;
        cbcnn_change_digit(&a, change, classes->lanes + i);
        cbcnn_change_digit(&b, change >> 1, classes->lanes + i);
        cbcnn_change_digit(&c, change >> 2, classes->lanes + i);
        cbcnn_change_digit(&d, change >> 3, classes->lanes + i);
    }
    digits[0] = a;
    digits[1] = b;
    digits[2] = c;
    digits[3] = d;
}

/* Writes where the sums of one filter start. */
static void cbcnn_start_number(
    const cbcnn_threshold_t *starts,
    const cbcnn_classes_t *classes,
    cbcnn_number_t *number)
{
    for (int32_t first = 0; first < CBCNN_NUMBER_DIGITS; first += 4) {
        cbcnn_start_digits(starts, classes, first, number->digits + first);
    }
}

#endif
