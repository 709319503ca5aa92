/* SPDX-License-Identifier: 0BSD */
/*
 * What the flash of an RP2040 begins with: its boot ROM copies 256 bytes to the end of RAM, demands
 * that the last four are the checksum of the others, and jumps to the first. From then on they make
 * the flash memory at 0x10000000 and start the program behind them.
 *
 * They read with the command that every serial flash has, 03h: one bit at a time, at a quarter of
 * the core's clock, which at 125 MHz is below the 50 MHz that a W25Q16JV takes. The cache of 16 KB
 * in between makes up for it where loops are small.
 *
 * Source: Raspberry Pi, "RP2040 Datasheet", 2.8.1 (boot sequence) and 4.10 (SSI).
 */
#include <stdint.h>

/* The code must run at any address. Behind it the checksum: CRC-32 with the polynomial 0x04c11db7,
 * all bits set to begin with, highest bit first and nothing turned over at the end. Whoever changes
 * an instruction has to compute it again. */
__asm__(".section .boot, \"ax\", %progbits\n"
        ".syntax unified\n"
        ".thumb\n"
        "ldr r3, =0x18000000\n" /* SSI */
        "movs r0, #0\n"
        "str r0, [r3, #0x08]\n" /* SSIENR: off */
        "movs r1, #4\n"
        "str r1, [r3, #0x14]\n" /* BAUDR: a quarter of the clock */
        "ldr r1, =0x001f0300\n"
        "str r1, [r3, #0x00]\n" /* CTRLR0: write command, then read 32 bits, SPI */
        "str r0, [r3, #0x04]\n" /* CTRLR1: one of them */
        "ldr r1, =0x03000218\n"
        "movs r2, #0xf4\n"
        "str r1, [r3, r2]\n" /* SPI_CTRLR0: command 03h of 8 bits, 24 of address */
        "movs r1, #1\n"
        "str r1, [r3, #0x08]\n" /* SSIENR: on */
        "ldr r0, =0x10000100\n" /* the program's vector table */
        "ldr r1, =0xe000ed08\n"
        "str r0, [r1]\n" /* VTOR */
        "ldmia r0!, {r1, r2}\n"
        "msr msp, r1\n"
        "bx r2\n"
        ".ltorg\n"
        ".org 252\n"
        ".word 0x678956b0\n"
        ".text\n");
