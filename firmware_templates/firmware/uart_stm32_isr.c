/* SPDX-License-Identifier: 0BSD */
/*
 * The USART of STM32F0, F3, F7, G0, G4, H7, L0, L4, L5, U5 and WB: separate data registers, flags
 * that are cleared by writing.
 *
 * Source: ST, RM0351 (L4), RM0410 (F7), RM0444 (G0), RM0433 (H7), chapter "USART registers".
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#define CR1 REGISTER(BOARD_UART + 0x00U)
#define CR2 REGISTER(BOARD_UART + 0x04U)
#define CR3 REGISTER(BOARD_UART + 0x08U)
#define BRR REGISTER(BOARD_UART + 0x0cU)
#define ISR REGISTER(BOARD_UART + 0x1cU)
#define ICR REGISTER(BOARD_UART + 0x20U)
#define RDR REGISTER(BOARD_UART + 0x24U)
#define TDR REGISTER(BOARD_UART + 0x28U)

#define CR1_UE (1U << 0)
#define CR1_RE (1U << 2)
#define CR1_TE (1U << 3)
#define CR1_RXNEIE (1U << 5)
#define ISR_ORE (1U << 3)
#define ISR_RXNE (1U << 5)
#define ISR_TXE (1U << 7)
#define ICR_ERRORS 0x0fU /* parity, framing, noise, overrun */

void uart_start(uint32_t clock_hz)
{
    CR1 = 0;
    CR2 = 0;
    CR3 = 0;
    BRR = (clock_hz + BOARD_BAUD / 2U) / BOARD_BAUD;
    CR1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

bool uart_can_send(void)
{
    return (ISR & ISR_TXE) != 0;
}

void uart_send(uint8_t byte)
{
    TDR = byte;
}

void uart_interrupt(void)
{
    const uint32_t status = ISR;

    ICR = ICR_ERRORS;
    if ((status & ISR_ORE) != 0) {
        line_lost();
    }
    if ((status & ISR_RXNE) != 0) {
        line_received((uint8_t)RDR);
    }
}
