/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_NUMBER_H
#define CBCNN_BUCKET_NUMBER_H

#include "lanes_type.h"

/* Binary digits of a number in the lanes, the sign among them. */
#define CBCNN_NUMBER_DIGITS 12

/* A number in every lane, in two's complement: a plane for each binary digit, the lowest first. */
typedef struct {
    cbcnn_lanes_t digits[CBCNN_NUMBER_DIGITS];
} cbcnn_number_t;

#endif
