/* SPDX-License-Identifier: 0BSD */
/*
 * What the last `classify` gave, for a program that shows it or acts on it.
 */
#ifndef CBCNN_RESULT_H
#define CBCNN_RESULT_H

#include <stdbool.h>
#include <stdint.h>

struct result {
    uint32_t count; /* of classifications since the start */
    uint32_t image_crc;
    uint32_t ticks;
    uint16_t class_index;
    uint16_t decision; /* enum decision */
    bool valid;        /* no other image has begun to arrive since */
};

const struct result *last_result(void);

#endif
