/* SPDX-License-Identifier: 0BSD */
#include "core.h"

#include "caches.h"
#include "registers.h"

#define AIRCR_RESET 0x05fa0004U

void core_disable_interrupts(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

void core_enable_interrupts(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

void core_sleep(void)
{
    __asm__ volatile("wfi" ::: "memory");
    core_enable_interrupts();
}

NO_RETURN void core_restart(const void *kept, uint32_t bytes)
{
    caches_write_back(kept, bytes);
    __asm__ volatile("dsb" ::: "memory");
    SCB_AIRCR = AIRCR_RESET;
    for (;;) {
        __asm__ volatile("dsb" ::: "memory");
    }
}
