/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs uart_stm32_isr.c on this machine, its registers in memory at the addresses that they have on
 * the chip. No emulator has this UART. The program plays the hardware: it sets flags, calls the
 * handler and looks at what the driver did. It prints the register CR1 when all is as it should be.
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096U
#define DEMAND(condition) ((condition) ? (void)0 : fail(#condition))

enum { CR1 = 0x00, BRR = 0x0c, ISR = 0x1c, ICR = 0x20, RDR = 0x24, TDR = 0x28 };
enum { ORE = 1 << 3, RXNE = 1 << 5, TXE = 1 << 7 };

static uint32_t received;
static uint32_t last_byte;
static uint32_t losses;

static void fail(const char *what)
{
    (void)fprintf(stderr, "not so: %s\n", what);
    exit(1);
}

static volatile uint32_t *reg(uint32_t offset)
{
    return &REGISTER(BOARD_UART + offset);
}

void line_received(uint8_t byte)
{
    received++;
    last_byte = byte;
}

void line_lost(void)
{
    losses++;
}

static void interrupt_with(uint32_t flags, uint32_t data)
{
    *reg(ISR) = flags;
    *reg(RDR) = data;
    *reg(ICR) = 0;
    uart_interrupt();
}

int main(void)
{
    void *const page = (void *)(uintptr_t)(BOARD_UART / PAGE_BYTES * PAGE_BYTES);
    const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;

    DEMAND(mmap(page, PAGE_BYTES, PROT_READ | PROT_WRITE, fixed, -1, 0) == page);
    uart_start(64000000);
    DEMAND(*reg(BRR) == 556); /* 64 MHz / 115,200 */
    *reg(ISR) = 0;
    DEMAND(!uart_can_send());
    *reg(ISR) = TXE;
    DEMAND(uart_can_send());
    uart_send(0xa5);
    DEMAND(*reg(TDR) == 0xa5);
    interrupt_with(RXNE, 0x42);
    DEMAND(received == 1 && last_byte == 0x42 && losses == 0);
    interrupt_with(RXNE | ORE, 0x43);
    DEMAND(received == 2 && last_byte == 0x43 && losses == 1 && (*reg(ICR) & ORE) != 0);
    interrupt_with(ORE, 0x44);
    DEMAND(received == 2 && losses == 2);
    interrupt_with(0, 0);
    DEMAND(received == 2 && losses == 2);
    (void)printf("%#x\n", (unsigned)*reg(CR1));
    return 0;
}
