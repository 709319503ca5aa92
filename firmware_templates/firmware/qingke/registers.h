/* SPDX-License-Identifier: 0BSD */
/*
 * Registers of the chip and of every QingKe V2, WCH's RISC-V core.
 *
 * Source: WCH, "QingKe V2 Microprocessor Manual", PFIC and SysTick.
 */
#ifndef CBCNN_REGISTERS_H
#define CBCNN_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define PFIC_CFGR REGISTER(0xe000e048U)
#define PFIC_IENR(interrupt) REGISTER(0xe000e100U + 4U * ((interrupt) / 32U))
#define PFIC_IRER(interrupt) REGISTER(0xe000e180U + 4U * ((interrupt) / 32U))
#define STK_CTLR REGISTER(0xe000f000U)
#define STK_CNT REGISTER(0xe000f008U)

#endif
