/* SPDX-License-Identifier: 0BSD */
/*
 * What is in board.c, which is made of the board's data file.
 */
#ifndef CBCNN_BOARD_DATA_H
#define CBCNN_BOARD_DATA_H

#include "steps.h"

extern const TABLE struct steps board_clock;
extern const TABLE struct steps board_pins;
extern const TABLE struct steps board_timer;
extern const TABLE struct steps board_led_on;
extern const TABLE struct steps board_led_off;

#endif
