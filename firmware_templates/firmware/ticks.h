/* SPDX-License-Identifier: 0BSD */
/*
 * A counter of cycles where the chip has one, else of time; enum counter says which. It wraps.
 */
#ifndef CBCNN_TICKS_H
#define CBCNN_TICKS_H

#include <stdint.h>

/* Chooses a counter and starts it. The core is clocked with `core_hz`, the board's timer with
 * `timer_hz`. */
void ticks_start(uint32_t core_hz, uint32_t timer_hz);

uint8_t ticks_counter(void);
uint32_t ticks_hz(void);
uint32_t ticks_now(void);

/* The handler of SysTick. */
void ticks_wrap(void);

#endif
