/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CONV_EPILOGUE_H
#define CBCNN_CONV_EPILOGUE_H

#include "conv.h"
#include "types.h"
#include <stdint.h>

/* Weights as in conv_b1.h; steps and their values as in epilogue_f32.h. */
typedef struct {
    cbcnn_conv_t conv;
    int32_t pad;
    const cbcnn_word_t *weights;
    const uint8_t *steps;
    const float *values;
} cbcnn_conv_b1_f32_t;

#endif
