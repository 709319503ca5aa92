/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_TYPES_H
#define CBCNN_TYPES_H

#include <stdint.h>

/*
 * The types that differ between targets and models. A generated file holds the typedefs that it
 * needs instead of this header.
 */

/* Binary values are packed in words of 8 to 64 bits; see kernels.h for the order. */
#ifndef CBCNN_WORD_BITS
#define CBCNN_WORD_BITS 32
#endif

#if CBCNN_WORD_BITS == 8
typedef uint8_t cbcnn_word_t;
#elif CBCNN_WORD_BITS == 16
typedef uint16_t cbcnn_word_t;
#elif CBCNN_WORD_BITS == 64
typedef uint64_t cbcnn_word_t;
#else
typedef uint32_t cbcnn_word_t;
#endif

/*
 * Stands behind `const` where a constant table is read, which may be in an address space of its own.
 * Generated code has the name of that space in its place, or nothing.
 */
#ifndef CBCNN_TABLE
#define CBCNN_TABLE
#endif

/* Thresholds take 16 bits where all thresholds of the model fit. */
#ifdef CBCNN_NARROW_THRESHOLDS
typedef int16_t cbcnn_threshold_t;
#else
typedef int32_t cbcnn_threshold_t;
#endif

/* A value of the image. */
#ifdef CBCNN_SIGNED_PIXELS
typedef int8_t cbcnn_pixel_t;
#else
typedef uint8_t cbcnn_pixel_t;
#endif

#endif
