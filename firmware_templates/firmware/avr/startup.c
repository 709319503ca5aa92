/* SPDX-License-Identifier: 0BSD */
/*
 * What the start-up code of avr-libc lacks, in sections that it runs through.
 */
#include "stack.h"

#include <avr/io.h>
#include <avr/wdt.h>

void startup_stop_watchdog(void);
void startup_stack(void);

/* A watchdog that restarted the chip stays on, and would do it again: before RAM is set up. */
__attribute__((naked, used, section(".init3"))) void startup_stop_watchdog(void)
{
    MCUSR = 0;
    wdt_disable();
}

/* The last before main. */
__attribute__((naked, used, section(".init8"))) void startup_stack(void)
{
    stack_start();
}
