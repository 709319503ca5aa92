/* SPDX-License-Identifier: 0BSD */
/*
 * From reset to main.
 */
#include "startup.h"

#include "board.h"
#include "caches.h"
#include "core.h"
#include "registers.h"
#include "stack.h"

#include <stdint.h>

#define CPACR_FULL_ACCESS (0xfU << 20) /* coprocessors 10 and 11, the FPU */
#define SHCSR_FAULTS (7U << 16)        /* memory, bus and usage faults have handlers of their own */

/* From the linker script; only their addresses mean something. */
extern uint32_t linker_vectors[];
extern uint32_t linker_data_load[];
extern uint32_t linker_data_start[];
extern uint32_t linker_data_end[];
extern uint32_t linker_bss_start[];
extern uint32_t linker_bss_end[];

int main(void);

/* Volatile, so that the compiler does not turn the loops into calls of memcpy and memset: it may
 * place those in RAM that is not there yet. */
static void copy_words(volatile uint32_t *to, const volatile uint32_t *end, const uint32_t *from)
{
    while (to < end) {
        *to++ = *from++;
    }
}

static void clear_words(volatile uint32_t *to, const volatile uint32_t *end)
{
    while (to < end) {
        *to++ = 0;
    }
}

/* A bootloader that jumped here instead of resetting the chip may have left interrupts on, and the
 * vector table its own. */
static void take_over(void)
{
    uint32_t interrupt;

    core_disable_interrupts();
    SYSTICK_CTRL = 0;
    for (interrupt = 0; interrupt <= BOARD_UART_INTERRUPT; interrupt += 32U) {
        NVIC_ICER(interrupt) = 0xffffffffU;
        NVIC_ICPR(interrupt) = 0xffffffffU;
    }
#if BOARD_HAS_VTOR
    SCB_VTOR = (uint32_t)(uintptr_t)linker_vectors;
#endif
}

NO_RETURN void startup_reset(void)
{
    take_over();
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    SCB_CPACR |= CPACR_FULL_ACCESS;
    __asm__ volatile("dsb\nisb" ::: "memory");
#endif
#if BOARD_HAS_FAULT_STATUS
    SCB_SHCSR |= SHCSR_FAULTS;
#endif
    caches_start();
    copy_words(linker_data_start, linker_data_end, linker_data_load);
    clear_words(linker_bss_start, linker_bss_end);
    stack_start();
    (void)main();
    for (;;) {
    }
}
