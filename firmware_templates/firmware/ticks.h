/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_TICKS_H
#define CBCNN_TICKS_H

#include <stdint.h>

/* Chooses a counter and starts it; `timer_hz` is what the board's timer is clocked with. */
void ticks_start(uint32_t timer_hz);

/* The handler of SysTick. */
void ticks_wrap(void);

#endif
