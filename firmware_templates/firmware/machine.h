/* SPDX-License-Identifier: 0BSD */
/*
 * The chip as a whole: its start, its sleep, its restart. Everything that differs between boards is
 * in board.h and board.c.
 */
#ifndef CBCNN_MACHINE_H
#define CBCNN_MACHINE_H

#include "core.h"

#include <stdbool.h>
#include <stdint.h>

/* Sets up clock, pins, line and ticks. Waits for the hardware are bounded: where the clock
 * does not come up, the chip goes on with the one that it started with. */
void machine_start(void);

/* Sleeps until an interrupt, unless a byte was received meanwhile. */
void machine_idle(void);

/* Restarts the chip and remembers why; see enum start. */
NO_RETURN void machine_restart(uint8_t start, uint8_t fault);

/* Why the chip started, and the kind of the last fault since power-on, 0 for none. */
uint8_t machine_start_reason(void);
uint8_t machine_last_fault(void);

uint32_t machine_clock_hz(void);

/* Lights the board's LED; nothing where the board has none. */
void machine_led(bool on);

#endif
