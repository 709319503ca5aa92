/* SPDX-License-Identifier: 0BSD */
/*
 * Registers of the chip and of every Cortex-M.
 *
 * Source: Arm, "ARMv6-M", "ARMv7-M" and "ARMv8-M Architecture Reference Manual", system control
 * space.
 */
#ifndef CBCNN_REGISTERS_H
#define CBCNN_REGISTERS_H

#include <stdint.h>

static inline volatile uint32_t *register_at(uint32_t address)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): hardware is at numbers */
    return (volatile uint32_t *)(uintptr_t)address;
}

#define REGISTER(address) (*register_at(address))

#define SYSTICK_CTRL REGISTER(0xe000e010U)
#define SYSTICK_LOAD REGISTER(0xe000e014U)
#define SYSTICK_VAL REGISTER(0xe000e018U)
#define NVIC_ISER(interrupt) REGISTER(0xe000e100U + 4U * ((interrupt) / 32U))
#define NVIC_ICER(interrupt) REGISTER(0xe000e180U + 4U * ((interrupt) / 32U))
#define NVIC_ICPR(interrupt) REGISTER(0xe000e280U + 4U * ((interrupt) / 32U))
#define SCB_VTOR REGISTER(0xe000ed08U)
#define SCB_AIRCR REGISTER(0xe000ed0cU)
#define SCB_SHCSR REGISTER(0xe000ed24U)
#define SCB_CFSR REGISTER(0xe000ed28U)
#define SCB_HFSR REGISTER(0xe000ed2cU)
#define SCB_MMFAR REGISTER(0xe000ed34U)
#define SCB_BFAR REGISTER(0xe000ed38U)
#define SCB_CPACR REGISTER(0xe000ed88U)

#define DWT_CTRL REGISTER(0xe0001000U)
#define DWT_CYCCNT REGISTER(0xe0001004U)
#define DWT_LAR REGISTER(0xe0001fb0U)
#define DEMCR REGISTER(0xe000edfcU)

#endif
