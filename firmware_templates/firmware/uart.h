/* SPDX-License-Identifier: 0BSD */
/*
 * One UART of the board, 8 data bits, no parity, 1 stop bit. One of the uart_*.c implements it.
 */
#ifndef CBCNN_UART_H
#define CBCNN_UART_H

#include <stdbool.h>
#include <stdint.h>

/* Enables it with its interrupt for received bytes; `clock_hz` is what it is clocked with. */
void uart_start(uint32_t clock_hz);

/* Whether it takes a byte to send, and takes it. */
bool uart_can_send(void);
void uart_send(uint8_t byte);

/* The interrupt's handler. It gives a byte that was received to line_received, and what the UART lost,
 * to line_lost. One byte at a time: after any of them the interrupt may be held back. */
void uart_interrupt(void);

void line_received(uint8_t byte);
void line_lost(void);

#endif
