/* SPDX-License-Identifier: 0BSD */
/*
 * The UART of Arm's Cortex-M System Design Kit, in the MPS2 and MPS3 boards.
 *
 * Source: Arm, DDI 0479, "Cortex-M System Design Kit Technical Reference Manual", section 4.3.
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#define DATA REGISTER(BOARD_UART + 0x00U)
#define STATE REGISTER(BOARD_UART + 0x04U)
#define CTRL REGISTER(BOARD_UART + 0x08U)
#define INTCLEAR REGISTER(BOARD_UART + 0x0cU)
#define BAUDDIV REGISTER(BOARD_UART + 0x10U)

#define STATE_TX_FULL (1U << 0)
#define STATE_RX_FULL (1U << 1)
#define STATE_RX_OVERRUN (1U << 3)
#define CTRL_TX (1U << 0)
#define CTRL_RX (1U << 1)
#define CTRL_RX_INTERRUPT (1U << 3)
#define INT_RX (1U << 1)

void uart_start(uint32_t clock_hz)
{
    BAUDDIV = (clock_hz + BOARD_BAUD / 2U) / BOARD_BAUD;
    CTRL = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPT;
}

bool uart_can_send(void)
{
    return (STATE & STATE_TX_FULL) == 0;
}

void uart_send(uint8_t byte)
{
    DATA = byte;
}

uint32_t uart_receive(void)
{
    uint32_t found = 0;

    INTCLEAR = INT_RX;
    if ((STATE & STATE_RX_OVERRUN) != 0) {
        STATE = STATE_RX_OVERRUN;
        found = UART_LOSS;
    }
    if ((STATE & STATE_RX_FULL) != 0) {
        found |= UART_BYTE | (DATA & 0xffU);
    }
    return found;
}
