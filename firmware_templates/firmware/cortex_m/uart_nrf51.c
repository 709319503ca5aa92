/* SPDX-License-Identifier: 0BSD */
/*
 * The UART of nRF51, in nRF52 the one without DMA.
 *
 * Source: Nordic Semiconductor, "nRF51 Series Reference Manual" 3.0, chapter 29.
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#define STARTRX REGISTER(BOARD_UART + 0x000U)
#define STARTTX REGISTER(BOARD_UART + 0x008U)
#define RXDRDY REGISTER(BOARD_UART + 0x108U)
#define TXDRDY REGISTER(BOARD_UART + 0x11cU)
#define ERROR_EVENT REGISTER(BOARD_UART + 0x124U)
#define INTENSET REGISTER(BOARD_UART + 0x304U)
#define ERRORSRC REGISTER(BOARD_UART + 0x480U)
#define ENABLE REGISTER(BOARD_UART + 0x500U)
#define RXD REGISTER(BOARD_UART + 0x518U)
#define TXD REGISTER(BOARD_UART + 0x51cU)
#define BAUDRATE REGISTER(BOARD_UART + 0x524U)
#define CONFIG REGISTER(BOARD_UART + 0x56cU)

#define ENABLED 4U
#define INT_RXDRDY (1U << 2)
#define INT_ERROR (1U << 9)
#define ERROR_OVERRUN (1U << 0)

/* Fraction of 16 MHz in units of 2^-32, to the 20 bits that the register has. */
#define BAUD_FRACTION (((uint64_t)BOARD_BAUD << 32U) / 16000000U)

/* Nothing was sent yet: there is no byte to wait for. */
static bool idle;

void uart_start(uint32_t clock_hz)
{
    (void)clock_hz; /* always 16 MHz */
    BAUDRATE = (uint32_t)((BAUD_FRACTION + 0x800U) & 0xfffff000U);
    CONFIG = 0;
    ENABLE = ENABLED;
    RXDRDY = 0;
    TXDRDY = 0;
    ERROR_EVENT = 0;
    STARTRX = 1;
    STARTTX = 1;
    INTENSET = INT_RXDRDY | INT_ERROR;
    idle = true;
}

bool uart_can_send(void)
{
    return idle || TXDRDY != 0;
}

void uart_send(uint8_t byte)
{
    idle = false;
    TXDRDY = 0;
    TXD = byte;
}

uint32_t uart_receive(void)
{
    uint32_t found = 0;

    if (ERROR_EVENT != 0) {
        const uint32_t source = ERRORSRC;

        ERROR_EVENT = 0;
        ERRORSRC = source;
        if ((source & ERROR_OVERRUN) != 0) {
            found = UART_LOSS;
        }
    }
    if (RXDRDY != 0) {
        RXDRDY = 0; /* before the byte is read: the next one raises it again */
        found |= UART_BYTE | (RXD & 0xffU);
    }
    return found;
}
