/* SPDX-License-Identifier: 0BSD */
/*
 * A line of text for link_text, without stdio.
 */
#ifndef CBCNN_TEXT_H
#define CBCNN_TEXT_H

#include <stdint.h>

#define TEXT_BYTES 96U

/* Begin with all zeros. What does not fit is left out; there is always a zero at the end. */
struct text {
    char characters[TEXT_BYTES];
    uint32_t length;
};

void text_add(struct text *text, const char *more);
void text_add_decimal(struct text *text, uint32_t number);
void text_add_hex(struct text *text, uint32_t number);

#endif
