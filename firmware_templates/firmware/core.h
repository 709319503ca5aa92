/* SPDX-License-Identifier: 0BSD */
/*
 * What each kind of processor does in its own way; core.c of its folder does it.
 */
#ifndef CBCNN_CORE_H
#define CBCNN_CORE_H

#include <stdint.h>

#define NO_RETURN __attribute__((noreturn))

/* Interrupts off and on: nothing else runs meanwhile, or uses the stack. */
void core_disable_interrupts(void);
void core_enable_interrupts(void);

/* Called with interrupts off: sleeps until there is one, even if it came before, and returns with
 * interrupts on. */
void core_sleep(void);

/* Restarts the chip; the `bytes` at `kept` are in RAM before it does. */
NO_RETURN void core_restart(const void *kept, uint32_t bytes);

#endif
