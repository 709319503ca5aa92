/* SPDX-License-Identifier: 0BSD */
/*
 * The generated model with its memory: an input plane, an arena and scores.
 */
#ifndef CBCNN_NETWORK_H
#define CBCNN_NETWORK_H

#include "config.h"

#include <stdbool.h>
#include <stdint.h>

/* Has `call` called behind each layer of a run that is not timed or measured; at the start nothing is.
 * A program that serves the link lets it answer here what arrives meanwhile. */
void network_between_layers(void (*call)(void));

/* The image that the network runs on, NETWORK_IMAGE_BYTES of NETWORK_PIXEL. */
NETWORK_PIXEL *network_plane(void);

/* What the last run gave, NETWORK_SCORES scores as they lie in memory. */
const uint8_t *network_scores(void);
uint32_t network_score_bytes(void);

#ifdef NETWORK_HAS_REJECTION
/* Whether the model gives no answer, by the scores of the last run and the class that it gave. */
bool network_rejects(uint16_t class_index);
#endif

/* Runs the network on the plane; `ticks` counts the network alone. With NETWORK_SPENDS_IMAGE the plane
 * lies where the network works: a run leaves something else in it. */
uint16_t network_run(uint32_t *ticks);

/* The same and writes ticks of all and of each layer as 32-bit numbers, low byte first. */
void network_run_timed(uint8_t *ticks);

/* The same and copies `bytes` bytes of a layer's output from `offset` on, fewer where it ends.
 * Returns how many bytes were copied, and the size of that output in `total`. */
uint16_t network_run_copying(
    uint8_t layer,
    uint32_t offset,
    uint16_t bytes,
    uint8_t *copy,
    uint32_t *total);

/* The same; returns how many bytes of stack the model used. */
uint32_t network_run_measuring_stack(void);

/* Part of the Image Compression Block: pixels from `first` on become grey, in the plane's memory.
 * Only for the formats in NETWORK_FORMATS. */
void network_take_rgb888(const uint8_t *rgb, uint32_t first, uint32_t pixels);
void network_take_rgb565(const uint16_t *rgb, uint32_t first, uint32_t pixels);

/* The rest of it: grey pixels in the plane's memory become the network's input, in place. */
void network_compress_grey(void);

#ifdef NETWORK_HAS_CAMERA
/* Takes a line of a camera's frame, row 0 first; with the last row the plane is the network's input.
 * `chroma` is the line of colours of a frame that keeps them apart, else NULL. */
void network_take_line(const uint8_t *line, const uint8_t *chroma, uint32_t row);
#endif

/* UTF-8 with its length in bytes, or NULL. */
const char *network_class_name(uint16_t index);

#endif
