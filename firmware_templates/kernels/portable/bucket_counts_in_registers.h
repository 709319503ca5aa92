/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_BUCKET_COUNTS_IN_REGISTERS_H
#define CBCNN_BUCKET_COUNTS_IN_REGISTERS_H

/*
 * For an instruction set whose registers compilers do not fill well, a file of this name has
 * cbcnn_count_buckets and defines CBCNN_BUCKET_COUNTS_IN_REGISTERS, or has cbcnn_count_taps alone and
 * defines CBCNN_BUCKET_TAPS_IN_REGISTERS, where it is compiled for that set. What is compiled for
 * another one, to be tested there, has those of bucket_counts.h.
 */

#endif
