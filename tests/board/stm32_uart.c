/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs uart_stm32.c on this machine, its registers in memory at the addresses that they have on the
 * chip; no emulator has the UART with ISR. The program plays the hardware: it sets flags, asks what
 * was received and looks at what the driver did. It prints the register CR1 when all is as it should
 * be.
 */
#include "board.h"
#include "registers.h"
#include "uart.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096U
#define DEMAND(condition) ((condition) ? (void)0 : fail(#condition))

#ifdef BOARD_UART_STM32_SR
enum { FLAGS = 0x00, RECEIVED = 0x04, SENT = 0x04, BRR = 0x08, CR1 = 0x0c, CLEARED = 0x18 };
#else
enum { CR1 = 0x00, BRR = 0x0c, FLAGS = 0x1c, CLEARED = 0x20, RECEIVED = 0x24, SENT = 0x28 };
#endif
enum { ORE = 1 << 3, RXNE = 1 << 5, TXE = 1 << 7 };

static void fail(const char *what)
{
    (void)fprintf(stderr, "not so: %s\n", what);
    exit(1);
}

static volatile uint32_t *reg(uint32_t offset)
{
    return &REGISTER(BOARD_UART + offset);
}

static uint32_t receive_with(uint32_t flags, uint32_t data)
{
    *reg(FLAGS) = flags;
    *reg(RECEIVED) = data;
    *reg(CLEARED) = 0;
    return uart_receive();
}

int main(void)
{
    void *const page = (void *)(uintptr_t)(BOARD_UART / PAGE_BYTES * PAGE_BYTES);
    const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;

    DEMAND(mmap(page, PAGE_BYTES, PROT_READ | PROT_WRITE, fixed, -1, 0) == page);
    uart_start(64000000);
    DEMAND(*reg(BRR) == 556); /* 64 MHz / 115,200 */
    *reg(FLAGS) = 0;
    DEMAND(!uart_can_send());
    *reg(FLAGS) = TXE;
    DEMAND(uart_can_send());
    uart_send(0xa5);
    DEMAND(*reg(SENT) == 0xa5);
    DEMAND(receive_with(RXNE, 0x142) == (UART_BYTE | 0x42)); /* the ninth bit is no data */
    DEMAND(receive_with(RXNE | ORE, 0x43) == (UART_BYTE | UART_LOSS | 0x43));
#ifdef BOARD_UART_STM32_ISR
    DEMAND((*reg(CLEARED) & ORE) != 0);
#else
    DEMAND(*reg(CLEARED) == 0); /* a register of another meaning: the read clears the flags */
#endif
    DEMAND(receive_with(ORE, 0x44) == UART_LOSS);
    DEMAND(receive_with(0, 0x45) == 0);
    (void)printf("%#x\n", (unsigned)*reg(CR1));
    return 0;
}
