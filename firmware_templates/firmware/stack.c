/* SPDX-License-Identifier: 0BSD */
/*
 * The stack lies at the start of RAM: when it overflows, it leaves RAM, which is a fault, instead of
 * running into variables. The lowest words are a guard that also shows where nothing faulted.
 */
#include "stack.h"

#define PAINT 0xa5a5c3c3U
#define GUARD 0x5afe57acU
#define GUARD_WORDS 4U

/* Bytes below the caller's stack pointer that painting itself may use. */
#define OWN_STACK_BYTES 64U

/* From the linker script; only their addresses mean something. */
extern uint32_t linker_stack_bottom[];
extern uint32_t linker_stack_top[];

static uint32_t deepest;

static uint32_t measure_below(uintptr_t top)
{
    const volatile uint32_t *word = linker_stack_bottom + GUARD_WORDS;

    while ((uintptr_t)word < top && *word == PAINT) {
        word++;
    }
    return (uint32_t)(top - (uintptr_t)word);
}

static void paint(uintptr_t end)
{
    volatile uint32_t *word = linker_stack_bottom + GUARD_WORDS;

    while ((uintptr_t)word < end) {
        *word = PAINT;
        word++;
    }
}

void stack_start(void)
{
    uint32_t i;

    for (i = 0; i < GUARD_WORDS; i++) {
        ((volatile uint32_t *)linker_stack_bottom)[i] = GUARD;
    }
    paint(stack_pointer() - OWN_STACK_BYTES);
}

uint32_t stack_bytes(void)
{
    return (uint32_t)((uintptr_t)linker_stack_top - (uintptr_t)linker_stack_bottom);
}

uint32_t stack_deepest(void)
{
    const uint32_t now = measure_below((uintptr_t)linker_stack_top);

    if (now > deepest) {
        deepest = now;
    }
    return deepest;
}

bool stack_guard_is_intact(void)
{
    uint32_t i;

    for (i = 0; i < GUARD_WORDS; i++) {
        if (((volatile uint32_t *)linker_stack_bottom)[i] != GUARD) {
            return false;
        }
    }
    return true;
}

void stack_break_guard(void)
{
    ((volatile uint32_t *)linker_stack_bottom)[GUARD_WORDS - 1U] = 0;
}

void stack_paint_below(uintptr_t pointer)
{
    (void)stack_deepest(); /* remember what the paint will cover */
    paint(pointer - OWN_STACK_BYTES);
}

uint32_t stack_used_below(uintptr_t pointer)
{
    return measure_below(pointer);
}
