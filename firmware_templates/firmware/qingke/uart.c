/* SPDX-License-Identifier: 0BSD */
#include "uart.h"

#include "board.h"
#include "registers.h"

#define INTERRUPT_BIT (1UL << (BOARD_UART_INTERRUPT % 32U))

void uart_hold(void)
{
    PFIC_IRER(BOARD_UART_INTERRUPT) = INTERRUPT_BIT;
    __asm__ volatile("fence" ::: "memory"); /* not even one that is on its way */
}

void uart_release(void)
{
    PFIC_IENR(BOARD_UART_INTERRUPT) = INTERRUPT_BIT;
}
