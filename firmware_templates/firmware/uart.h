/* SPDX-License-Identifier: 0BSD */
/*
 * One UART of the board, 8 data bits, no parity, 1 stop bit. One of the uart_*.c drives it.
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

/* What its interrupt came for: a byte, which then is in the lowest eight bits, a loss, both or
 * neither. It takes one byte at a time: after any of them the interrupt may be held back. */
#define UART_BYTE 0x100U
#define UART_LOSS 0x200U
uint32_t uart_receive(void);

/* Keeps its interrupt away, and lets it come again, at once if one is waiting. The same for every
 * UART. */
void uart_hold(void);
void uart_release(void);

#endif
