/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_SELECT_HALVES_H
#define CBCNN_SELECT_HALVES_H

/*
 * For an instruction set that compares and selects halves of a word, a file of this name has
 * cbcnn_larger_halves and defines CBCNN_SELECT_HALVES, where it is compiled for cores that have such
 * instructions.
 */

#endif
