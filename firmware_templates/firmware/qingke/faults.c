/* SPDX-License-Identifier: 0BSD */
/*
 * Faults: restart, and say why after that. There is no room for more.
 */
#include "faults.h"

#include "machine.h"
#include "protocol.h"

#define HARD_FAULT 3U

NO_RETURN void fault_report(void);

__attribute__((used)) NO_RETURN void fault_report(void)
{
    machine_restart(START_AFTER_FAULT, HARD_FAULT);
}

/* Interrupts are off. The stack of the program may be what is broken. */
__attribute__((naked)) void fault_entry(void)
{
    __asm__("la sp, linker_stack_top\n"
            "j fault_report\n");
}
