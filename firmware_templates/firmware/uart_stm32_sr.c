/* SPDX-License-Identifier: 0BSD */
/*
 * The USART of STM32F1, F2, F4 and L1: one data register for both directions.
 *
 * Source: ST, RM0008 (F1), RM0033 (F2), RM0090 (F4), chapter "USART registers".
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#define SR REGISTER(BOARD_UART + 0x00U)
#define DR REGISTER(BOARD_UART + 0x04U)
#define BRR REGISTER(BOARD_UART + 0x08U)
#define CR1 REGISTER(BOARD_UART + 0x0cU)
#define CR2 REGISTER(BOARD_UART + 0x10U)
#define CR3 REGISTER(BOARD_UART + 0x14U)

#define SR_ORE (1U << 3)
#define SR_RXNE (1U << 5)
#define SR_TXE (1U << 7)
#define CR1_RE (1U << 2)
#define CR1_TE (1U << 3)
#define CR1_RXNEIE (1U << 5)
#define CR1_UE (1U << 13)

void uart_start(uint32_t clock_hz)
{
    CR1 = 0;
    CR2 = 0;
    CR3 = 0;
    /* 12.4 fixed point for 16 samples a bit, which makes it the clocks of one bit. */
    BRR = (clock_hz + BOARD_BAUD / 2U) / BOARD_BAUD;
    CR1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

bool uart_can_send(void)
{
    return (SR & SR_TXE) != 0;
}

void uart_send(uint8_t byte)
{
    DR = byte;
}

void uart_interrupt(void)
{
    const uint32_t status = SR;

    if ((status & SR_ORE) != 0) {
        line_lost();
    }
    if ((status & (SR_RXNE | SR_ORE)) != 0) {
        const uint8_t byte = (uint8_t)DR; /* the reads of SR and DR clear both flags */

        if ((status & SR_RXNE) != 0) {
            line_received(byte);
        }
    }
}
