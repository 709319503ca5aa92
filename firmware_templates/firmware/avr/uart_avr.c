/* SPDX-License-Identifier: 0BSD */
/*
 * A USART of an ATmega, at twice its usual speed: it samples each bit 8 times.
 *
 * Source: Microchip, "ATmega328P" data sheet, section "USART0"; those of an ATmega2560 are the same.
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#define CONTROL_A REGISTER(BOARD_UART)
#define CONTROL_B REGISTER(BOARD_UART + 1U)
#define CONTROL_C REGISTER(BOARD_UART + 2U)
#define RATE_LOW REGISTER(BOARD_UART + 4U)
#define RATE_HIGH REGISTER(BOARD_UART + 5U)
#define DATA REGISTER(BOARD_UART + 6U)

#define A_DOUBLE_SPEED (1U << 1)
#define A_OVERRUN (1U << 3)
#define A_CAN_SEND (1U << 5)
#define A_RECEIVED (1U << 7)
#define B_SEND (1U << 3)
#define B_RECEIVE (1U << 4)
#define B_RECEIVE_INTERRUPT (1U << 7)
#define C_EIGHT_BITS (3U << 1)

void uart_start(uint32_t clock_hz)
{
    const uint16_t rate = (uint16_t)((clock_hz + BOARD_BAUD / 2U) / BOARD_BAUD - 1U);

    RATE_HIGH = (uint8_t)(rate >> 8);
    RATE_LOW = (uint8_t)rate;
    CONTROL_A = A_DOUBLE_SPEED;
    CONTROL_C = C_EIGHT_BITS;
    CONTROL_B = B_SEND | B_RECEIVE;
}

void uart_hold(void)
{
    CONTROL_B &= (uint8_t)~B_RECEIVE_INTERRUPT;
}

void uart_release(void)
{
    CONTROL_B |= B_RECEIVE_INTERRUPT;
}

bool uart_can_send(void)
{
    return (CONTROL_A & A_CAN_SEND) != 0;
}

void uart_send(uint8_t byte)
{
    DATA = byte;
}

/* The state belongs to the byte that is read next. */
uint32_t uart_receive(void)
{
    const uint8_t state = CONTROL_A;
    uint32_t found = (state & A_OVERRUN) != 0 ? UART_LOSS : 0;

    if ((state & A_RECEIVED) != 0) {
        found |= UART_BYTE | DATA;
    }
    return found;
}
