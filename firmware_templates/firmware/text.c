/* SPDX-License-Identifier: 0BSD */
#include "text.h"

#include "tables.h"

#define DECIMAL_DIGITS 10U
#define HEX_DIGITS 8U

static void add_character(struct text *text, char character)
{
    if (text->length < TEXT_BYTES - 1U) {
        text->characters[text->length] = character;
        text->length++;
        text->characters[text->length] = '\0';
    }
}

void text_add(struct text *text, const char *more)
{
    for (; *more != '\0'; more++) {
        add_character(text, *more);
    }
}

void text_add_decimal(struct text *text, uint32_t number)
{
    char digits[DECIMAL_DIGITS];
    uint32_t count = 0;

    do {
        digits[count] = (char)('0' + (char)(number % 10U));
        number /= 10U;
        count++;
    } while (number != 0);
    while (count != 0) {
        count--;
        add_character(text, digits[count]);
    }
}

void text_add_hex(struct text *text, uint32_t number)
{
    static const TABLE char digits[] = "0123456789abcdef";
    uint32_t i;

    for (i = 0; i < HEX_DIGITS; i++) {
        add_character(text, digits[number >> 28U]);
        number <<= 4U;
    }
}
