/* SPDX-License-Identifier: 0BSD */
/*
 * Registers of 8 bits, by their addresses in data space: 0x20 more than those of IN and OUT.
 *
 * Source: Microchip, "ATmega328P" and "ATmega640/1280/1281/2560/2561" data sheets, register summary.
 */
#ifndef CBCNN_REGISTERS_H
#define CBCNN_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint8_t *)(uintptr_t)(address))

#endif
