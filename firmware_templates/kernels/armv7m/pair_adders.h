/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PAIR_ADDERS_H
#define CBCNN_PAIR_ADDERS_H

/*
 * Full adders of two words that come as a pair, x and p = x ^ y, as instructions of an Armv7-M core.
 * A full adder takes 5 operations, but two in a row take 8. With z the digit that x and y are added
 * to, the first adder computes
 *
 *     o = (x ^ z) | p,    sum = z ^ p,    carry a = sum ^ o
 *
 * and the second one, with x, p and z of its own and b for its carry,
 *
 *     a ^ b = o ^ ((x ^ z) & ~p),    sum = z ^ p
 *
 * so that a and a ^ b are a pair for the digit above. It is the modified double full adder of
 * Demenkov, Kojevnikov, Kulikov and Yaroslavtsev, "New upper bounds on the Boolean circuit
 * complexity of symmetric functions" (2010).
 */

/* clang-format off */

/* Without spaces and tabs: C99 compilers need not take strings of more than 4,095 characters. */

/* The first of two adders: x of the pair x, p becomes o and p the carry. */
#define CBCNN_PAIR_FIRST(digit, x, p)                                                              \
    "eor " x "," x "," digit "\n"                                                                  \
    "orr " x "," x "," p "\n"                                                                      \
    "eor " digit "," digit "," p "\n"                                                              \
    "eor " p "," digit "," x "\n"

/* The second one: o becomes the difference of both carries; x and p are free. */
#define CBCNN_PAIR_SECOND(digit, x, p, o)                                                          \
    "eor " x "," x "," digit "\n"                                                                  \
    "eor " digit "," digit "," p "\n"                                                              \
    "bic " x "," x "," p "\n"                                                                      \
    "eor " o "," o "," x "\n"

/* An adder by itself: x of the pair x, p becomes the carry; p is free. */
#define CBCNN_PAIR_ONLY(digit, x, p)                                                               \
    "eor " x "," x "," digit "\n"                                                                  \
    "orr " x "," x "," p "\n"                                                                      \
    "eor " digit "," digit "," p "\n"                                                              \
    "eor " x "," x "," digit "\n"

/* clang-format on */

#endif
