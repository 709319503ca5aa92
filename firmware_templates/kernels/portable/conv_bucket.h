/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_BUCKET_H
#define CBCNN_CONV_BUCKET_H

#include "conv.h"
#include "types.h"

/* Filters of a group, and the buckets of their taps: the patterns of four weights up to a sign. */
#define CBCNN_GROUP_FILTERS 4
#define CBCNN_BUCKETS 8
#define CBCNN_CODES (2 * CBCNN_BUCKETS)

/* Most classes of border, see below. */
#define CBCNN_BORDER_CLASSES 9

/* Taps in one word of codes. */
#define CBCNN_WORD_CODES 8

/*
 * Strides of the convolution are 1, it is no wider than the map, and every pool window lies inside
 * of it.
 *
 * The map is cut into `segments` of `rows` rows that lie side by side in a word: lane
 * s * input.width + x of word r is the pixel in row s * rows + r and column x. `part_rows` rows of
 * all segments are computed at a time. Both are multiples of the words of lanes. If there are several
 * parts, lanes are single words, parts are equally large, and no pool window lies in two of them.
 *
 * codes: for each group of filters and each row of the window `row_codes` words, eight taps in each,
 * column after column with the channels in order, the first tap in the lowest bits. A code has the
 * first filter's weight in its lowest bit, and bit i is set where filter i has the other weight.
 * Behind the last tap codes are 0, and so are the weights of filters behind the last one. On processors
 * with vectors and memory to spare there are lists instead; see vector/bucket_lists.h.
 * sizes: for each group and each code the number of its taps, in fours, rounded up.
 * starts: output channel x class of border, as in conv_sliced.h: what the sum of a filter's buckets
 * has to be added to, modulo 2^(top + 1), for the digit of 2^top to say whether the channel fires.
 * row_classes, column_classes: see conv_sliced.h.
 */
typedef struct {
    cbcnn_conv_t conv;
    int32_t rows;
    int32_t part_rows;
    int32_t segments;
    int32_t row_codes;
    int32_t list_items;
    int32_t top;
    int32_t classes;
    const uint32_t *codes;
    const uint8_t *sizes;
    const cbcnn_threshold_t *starts;
    const cbcnn_word_t *complement;
    const uint8_t *row_classes;
    const uint8_t *column_classes;
} cbcnn_conv_bucket_t;

/* Words of one plane: the rows of a part, and those above and below that its windows reach. */
static inline int32_t cbcnn_plane_words(const cbcnn_conv_bucket_t *layer)
{
    return layer->part_rows + layer->conv.window.height - 1;
}

#endif
