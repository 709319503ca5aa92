/* SPDX-License-Identifier: 0BSD */
/*
 * The serial line: bytes that an interrupt received, and bytes to send.
 */
#ifndef CBCNN_LINE_H
#define CBCNN_LINE_H

#include <stdbool.h>
#include <stdint.h>

/* Starts the UART; `clock_hz` is what it is clocked with. */
void line_start(uint32_t clock_hz);

bool line_read(uint8_t *byte);
bool line_is_empty(void);

/* Whether bytes were lost since the last call. */
bool line_lost_bytes(void);

/* Forgets what was received and not read. */
void line_drop(void);

/* Waits until the byte can be taken, but not for ever. */
void line_write(uint8_t byte);

/* The handler of the UART's interrupt. */
void line_interrupt(void);

#endif
