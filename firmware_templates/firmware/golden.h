/* SPDX-License-Identifier: 0BSD */
/*
 * Images in flash with what the Python model computes for them; golden.c is generated.
 */
#ifndef CBCNN_GOLDEN_H
#define CBCNN_GOLDEN_H

#include "config.h"
#include "tables.h"

#include <stdint.h>

/* The scores' CRC-32 is of their bytes as they lie in memory. */
struct golden {
    const TABLE NETWORK_PIXEL *plane;
    uint32_t scores_crc;
    uint16_t class_index;
};

/* `golden_count` of them, and one more that is none. */
extern const TABLE struct golden golden_images[];
extern const uint8_t golden_count;

/* The result of golden images from `first` on; fields as in the answer of the command. */
struct golden_result {
    uint8_t run;
    uint8_t passed;
    uint8_t first_failing;
    uint16_t expected;
    uint16_t computed;
};

#define GOLDEN_NONE_FAILED 255U

/* Brings an image to the plane, where another one may be. */
void golden_load(uint8_t index);

/* Runs up to `count` images in the plane; the model's scores are then those of the last one. */
struct golden_result golden_run(uint8_t first, uint8_t count);

#endif
