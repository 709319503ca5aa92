/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_SLICED_H
#define CBCNN_CONV_SLICED_H

#include "conv.h"
#include "types.h"

/*
 * Weights: output channel x row x column x words of the input channels, then words of 0 up to a
 * multiple of three, `filter_words` in all. They are used in parts of `part_words`, a multiple of
 * three too, the last one shorter.
 *
 * What zero padding changes in a sum depends on the filter and on the class of border that a pixel
 * lies at. Its class, below `classes`, is row_classes[row] + column_classes[column] of the
 * convolution.
 *
 * starts: output channel x class: 2^top minus the number of matches from which on the channel
 * fires. When matches are counted from there on, the digit of 2^top says whether it does. Inputs
 * beyond the last channel and weights beyond the last tap are matches too.
 *
 * Pixels of the convolution are computed all lanes at a time, `rounds` times. Those that
 * are left over are computed one by one, with `thresholds`, null if there are none.
 */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    int32_t filter_words;
    int32_t part_words;
    int32_t rounds;
    int32_t top;
    int32_t classes;
    const cbcnn_word_t *weights;
    const cbcnn_threshold_t *thresholds;
    const cbcnn_word_t *complement;
    const cbcnn_threshold_t *starts;
    const uint8_t *row_classes;
    const uint8_t *column_classes;
} cbcnn_conv_sliced_t;

#endif
