/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_LISTS_H
#define CBCNN_BUCKET_LISTS_H

#include "bucket_lists_in_registers.h"
#include "conv_bucket.h"

#ifndef CBCNN_BUCKET_LISTS_IN_REGISTERS

/* Puts `words` times eight taps, `stride` bytes apart from `place` on, at the end of their lists. */
static inline void cbcnn_list_row(
    const uint32_t *codes,
    int32_t words,
    uint32_t **ends,
    uint32_t place,
    uint32_t stride)
{
    for (int32_t i = 0; i < words; i++) {
        uint32_t word = codes[i];
        for (int32_t tap = 0; tap < CBCNN_WORD_CODES; tap++) {
            *ends[word % CBCNN_CODES]++ = place;
            word /= CBCNN_CODES;
            place += stride;
        }
    }
}

#endif

/*
 * The taps of a group in a list for each code: how many bytes behind the planes the words lie that
 * they read. Every list is filled up to fours with `nothing`, the place of a word of 0; the lists
 * stand one after the other. They are made in `list`.
 */
static const uint32_t *cbcnn_list_taps(
    const cbcnn_conv_bucket_t *layer,
    int32_t group,
    uint32_t nothing,
    uint32_t *list)
{
    const uint32_t stride = (uint32_t)cbcnn_plane_words(layer) * sizeof(cbcnn_word_t);
    const int32_t height = layer->conv.window.height;
    const uint8_t *const sizes = layer->sizes + group * CBCNN_CODES;
    const uint32_t *codes = layer->codes + group * height * layer->row_codes;
    uint32_t *end = list;
    uint32_t *ends[CBCNN_CODES];
    for (int32_t code = 0; code < CBCNN_CODES; code++) {
        ends[code] = end;
        end += 4 * sizes[code];
        for (int32_t i = 1; i < 4 && sizes[code] > 0; i++) {
            end[-i] = nothing;
        }
    }
    for (int32_t row = 0; row < height; row++) {
        cbcnn_list_row(codes, layer->row_codes, ends, (uint32_t)row * sizeof(cbcnn_word_t), stride);
        codes += layer->row_codes;
    }
    return list;
}

#endif
