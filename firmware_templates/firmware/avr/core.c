/* SPDX-License-Identifier: 0BSD */
#include "core.h"

#include <avr/interrupt.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

void core_disable_interrupts(void)
{
    cli();
}

void core_enable_interrupts(void)
{
    sei();
}

void core_sleep(void)
{
    sleep_enable();
    sei(); /* takes effect behind the next instruction */
    sleep_cpu();
    sleep_disable();
}

/* Nothing is cached. The watchdog is the only reset that a program has. */
NO_RETURN void core_restart(const void *kept, uint32_t bytes)
{
    (void)kept;
    (void)bytes;
    cli();
    wdt_enable(WDTO_15MS);
    for (;;) {
    }
}
