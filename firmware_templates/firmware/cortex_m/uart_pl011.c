/* SPDX-License-Identifier: 0BSD */
/*
 * Arm's PrimeCell UART, in the RP2040 and many others, with its FIFOs on: where code runs from
 * serial flash an interrupt may come later than a byte after the one before.
 *
 * Source: Arm, DDI 0183, "PrimeCell UART (PL011) Technical Reference Manual", chapter 3.
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#define DATA REGISTER(BOARD_UART + 0x00U)
#define FLAGS REGISTER(BOARD_UART + 0x18U)
#define IBRD REGISTER(BOARD_UART + 0x24U)
#define FBRD REGISTER(BOARD_UART + 0x28U)
#define LCR_H REGISTER(BOARD_UART + 0x2cU)
#define CR REGISTER(BOARD_UART + 0x30U)
#define IFLS REGISTER(BOARD_UART + 0x34U)
#define IMSC REGISTER(BOARD_UART + 0x38U)
#define ICR REGISTER(BOARD_UART + 0x44U)

#define DATA_OVERRUN (1U << 11)
#define FLAGS_RX_EMPTY (1U << 4)
#define FLAGS_TX_FULL (1U << 5)
#define LCR_H_8_BITS (3U << 5)
#define LCR_H_FIFOS (1U << 4)
#define CR_ENABLED (1U << 0)
#define CR_TX (1U << 8)
#define CR_RX (1U << 9)
#define INT_RX (1U << 4)         /* an eighth of the FIFO is full */
#define INT_RX_TIMEOUT (1U << 6) /* less is in it, and nothing came for the time of 32 bits */

void uart_start(uint32_t clock_hz)
{
    /* Clocks of a sixteenth of a bit, in units of 1/64. */
    const uint32_t divisor = (clock_hz * 4U + BOARD_BAUD / 2U) / BOARD_BAUD;

    CR = 0;
    IBRD = divisor / 64U;
    FBRD = divisor % 64U;
    LCR_H = LCR_H_8_BITS | LCR_H_FIFOS; /* takes the divisor over */
    IFLS = 0;
    ICR = 0x7ffU;
    IMSC = INT_RX | INT_RX_TIMEOUT;
    CR = CR_ENABLED | CR_TX | CR_RX;
}

bool uart_can_send(void)
{
    return (FLAGS & FLAGS_TX_FULL) == 0;
}

void uart_send(uint8_t byte)
{
    DATA = byte;
}

uint32_t uart_receive(void)
{
    uint32_t data;

    /* Reading clears the interrupts, below the level the one and at the end the other. */
    if ((FLAGS & FLAGS_RX_EMPTY) != 0) {
        return 0;
    }
    data = DATA;
    return UART_BYTE | (data & 0xffU) | ((data & DATA_OVERRUN) != 0 ? UART_LOSS : 0);
}
