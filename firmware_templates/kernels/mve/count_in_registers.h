/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_COUNT_IN_REGISTERS_H
#define CBCNN_COUNT_IN_REGISTERS_H

/*
 * For an instruction set whose registers compilers do not fill well, a file of this name has
 * cbcnn_count_matches and defines CBCNN_COUNT_IN_REGISTERS, where it is compiled for that set. What
 * is compiled for another one, to be tested there, counts as count_matches.h does.
 */

#endif
