/* SPDX-License-Identifier: 0BSD */
/*
 * The USART of STM32. Two generations differ in where the registers are, in whether one data
 * register serves both directions, and in how the flags of errors are cleared.
 *
 * Source: ST, RM0008 (F1), RM0033 (F2), RM0090 (F4), RM0351 (L4), RM0410 (F7), RM0444 (G0), RM0433
 * (H7), chapter "USART registers".
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#define STATUS_ORE (1U << 3)
#define STATUS_RXNE (1U << 5)
#define STATUS_TXE (1U << 7)

#ifdef BOARD_UART_STM32_SR /* F1, F2, F4, L1 */

#define STATUS REGISTER(BOARD_UART + 0x00U)
#define RECEIVED REGISTER(BOARD_UART + 0x04U)
#define TO_SEND RECEIVED
#define BRR REGISTER(BOARD_UART + 0x08U)
#define CR1 REGISTER(BOARD_UART + 0x0cU)
#define CR2 REGISTER(BOARD_UART + 0x10U)
#define CR3 REGISTER(BOARD_UART + 0x14U)
#define CR1_UE (1U << 13)
#define CLEAR_ERRORS() ((void)0)
#define CLEARED_BY_READING (STATUS_RXNE | STATUS_ORE)

#else /* BOARD_UART_STM32_ISR: F0, F3, F7, G0, G4, H7, L0, L4, L5, U5, WB */

#define CR1 REGISTER(BOARD_UART + 0x00U)
#define CR2 REGISTER(BOARD_UART + 0x04U)
#define CR3 REGISTER(BOARD_UART + 0x08U)
#define BRR REGISTER(BOARD_UART + 0x0cU)
#define STATUS REGISTER(BOARD_UART + 0x1cU)
#define ICR REGISTER(BOARD_UART + 0x20U)
#define RECEIVED REGISTER(BOARD_UART + 0x24U)
#define TO_SEND REGISTER(BOARD_UART + 0x28U)
#define CR1_UE (1U << 0)
#define CLEAR_ERRORS() (ICR = 0x0fU) /* parity, framing, noise, overrun */
#define CLEARED_BY_READING STATUS_RXNE

#endif

#define CR1_RE (1U << 2)
#define CR1_TE (1U << 3)
#define CR1_RXNEIE (1U << 5)

void uart_start(uint32_t clock_hz)
{
    CR1 = 0;
    CR2 = 0;
    CR3 = 0;
    /* For 16 samples a bit this is the clocks of one bit, in both generations. */
    BRR = (clock_hz + BOARD_BAUD / 2U) / BOARD_BAUD;
    CR1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

bool uart_can_send(void)
{
    return (STATUS & STATUS_TXE) != 0;
}

void uart_send(uint8_t byte)
{
    TO_SEND = byte;
}

uint32_t uart_receive(void)
{
    const uint32_t status = STATUS;
    uint32_t found = (status & STATUS_ORE) != 0 ? UART_LOSS : 0;

    CLEAR_ERRORS();
    if ((status & CLEARED_BY_READING) != 0) {
        const uint32_t byte = RECEIVED & 0xffU;

        if ((status & STATUS_RXNE) != 0) {
            found |= UART_BYTE | byte;
        }
    }
    return found;
}
