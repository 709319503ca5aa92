/* SPDX-License-Identifier: 0BSD */
/*
 * What the firmware needs from the chip. The files that implement it take everything that differs
 * between boards from board.h and board.c.
 */
#ifndef CBCNN_MACHINE_H
#define CBCNN_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define NO_RETURN __attribute__((noreturn))

/* Sets up clock, pins, UART and cycle counter. Waits for the hardware are bounded: where the clock
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

/* The serial line: bytes that an interrupt received, whether some were lost since the last call,
 * and sending, which waits until the byte can be taken, but not for ever. */
bool line_read(uint8_t *byte);
bool line_is_empty(void);
bool line_lost_bytes(void);
void line_drop(void);
void line_write(uint8_t byte);

/* Keeps the interrupt of received bytes away, and lets it come again, at once if one is waiting. */
void machine_hold_line(void);
void machine_release_line(void);

/* A counter of cycles where the chip has one, else of time; enum counter says which. It wraps. */
uint8_t ticks_counter(void);
uint32_t ticks_hz(void);
uint32_t ticks_now(void);

/* The stack. Unused stack is painted at the start; a guard lies at its end. */
uint32_t stack_bytes(void);
uint32_t stack_deepest(void);
bool stack_guard_is_intact(void);
void stack_break_guard(void);

/* Paints the stack below `pointer`, and tells how many bytes below it were used since then. */
void stack_paint_below(uintptr_t pointer);
uint32_t stack_used_below(uintptr_t pointer);

/* Where the stack ends now; interrupts off and on, so that they do not use it. */
uintptr_t stack_pointer(void);
void interrupts_disable(void);
void interrupts_enable(void);

/* Does what a program must not do; returns if the machine does not mind. */
void machine_provoke(uint8_t what);

#endif
